package dev.hast.crds.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// A place on nodes where providers are made.
@Group("hast.dev")
@Version("v1alpha1")
@ShortNames("hp")
@ValidationRule(value = Forms.OBJECT_NAME, message = Forms.OBJECT_NAME_MESSAGE)
@AdditionalPrinterColumn(name = "Path", type = Type.STRING, jsonPath = ".spec.path")
@AdditionalPrinterColumn(name = "Nodes", type = Type.STRING, jsonPath = ".status.healthyOf")
@AdditionalPrinterColumn(name = "Providers", type = Type.INTEGER, jsonPath = ".status.providers")
@AdditionalPrinterColumn(name = "Allocatable", type = Type.STRING, jsonPath = ".status.allocatable")
@AdditionalPrinterColumn(name = "Age", type = Type.DATE, jsonPath = ".metadata.creationTimestamp")
public final class HastPool extends CustomResource<HastPoolSpec, HastPoolStatus> {

    @Override
    protected @Nullable HastPoolSpec initSpec() {
        return null;
    }

    @Override
    protected @Nullable HastPoolStatus initStatus() {
        return null;
    }
}
