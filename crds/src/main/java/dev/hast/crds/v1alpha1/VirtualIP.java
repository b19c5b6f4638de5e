package dev.hast.crds.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// Service addresses that one healthy node holds.
@Group("hast.dev")
@Version("v1alpha1")
@Kind("VirtualIP")
@Singular("virtualip")
@Plural("virtualips")
@ShortNames("vip")
@ValidationRule(value = Forms.OBJECT_NAME, message = Forms.OBJECT_NAME_MESSAGE)
@AdditionalPrinterColumn(name = "Addresses", type = Type.STRING, jsonPath = ".status.addresses")
@AdditionalPrinterColumn(name = "Holder", type = Type.STRING, jsonPath = ".status.holder")
@AdditionalPrinterColumn(name = "State", type = Type.STRING, jsonPath = ".status.state")
@AdditionalPrinterColumn(name = "Since", type = Type.DATE, jsonPath = ".status.since")
@AdditionalPrinterColumn(name = "Age", type = Type.DATE, jsonPath = ".metadata.creationTimestamp")
@AdditionalPrinterColumn(name = "Vhid", type = Type.INTEGER, jsonPath = ".spec.vhid", priority = 1)
@AdditionalPrinterColumn(
        name = "Follows",
        type = Type.STRING,
        jsonPath = ".spec.follows",
        priority = 1)
@AdditionalPrinterColumn(
        name = "Reason",
        type = Type.STRING,
        jsonPath = ".status.reason",
        priority = 1)
public final class VirtualIP extends CustomResource<VirtualIPSpec, VirtualIPStatus> {

    @Override
    protected @Nullable VirtualIPSpec initSpec() {
        return null;
    }

    @Override
    protected @Nullable VirtualIPStatus initStatus() {
        return null;
    }
}
