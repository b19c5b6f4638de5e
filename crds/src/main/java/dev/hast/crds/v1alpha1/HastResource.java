package dev.hast.crds.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// A replicated volume.
@Group("hast.dev")
@Version("v1alpha1")
@ShortNames("hr")
@ValidationRule(value = Forms.OBJECT_NAME, message = Forms.OBJECT_NAME_MESSAGE)
@AdditionalPrinterColumn(name = "Size", type = Type.STRING, jsonPath = ".status.size")
@AdditionalPrinterColumn(name = "Primary", type = Type.STRING, jsonPath = ".status.primary")
@AdditionalPrinterColumn(name = "In-Sync", type = Type.STRING, jsonPath = ".status.inSyncOf")
@AdditionalPrinterColumn(name = "State", type = Type.STRING, jsonPath = ".status.state")
@AdditionalPrinterColumn(name = "Resync", type = Type.STRING, jsonPath = ".status.resync")
@AdditionalPrinterColumn(name = "Age", type = Type.DATE, jsonPath = ".metadata.creationTimestamp")
@AdditionalPrinterColumn(
        name = "Mode",
        type = Type.STRING,
        jsonPath = ".spec.replication.mode",
        priority = 1)
@AdditionalPrinterColumn(
        name = "Epoch",
        type = Type.INTEGER,
        jsonPath = ".status.epoch",
        priority = 1)
@AdditionalPrinterColumn(
        name = "Reason",
        type = Type.STRING,
        jsonPath = ".status.reason",
        priority = 1)
public final class HastResource extends CustomResource<HastResourceSpec, HastResourceStatus> {

    @Override
    protected @Nullable HastResourceSpec initSpec() {
        return null;
    }

    @Override
    protected @Nullable HastResourceStatus initStatus() {
        return null;
    }
}
