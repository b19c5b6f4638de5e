package dev.hast.crds.v1alpha1;

import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// Where a schema takes less than an earlier one did, or gives it another meaning: fields that are
/// gone, limits, words, types, defaults, rules.
final class SchemaNarrowing {

    private final List<String> found = new ArrayList<>();

    private SchemaNarrowing() {}

    static List<String> between(JSONSchemaProps before, JSONSchemaProps after) {
        final SchemaNarrowing narrowing = new SchemaNarrowing();
        narrowing.compare("", before, after);
        return narrowing.found;
    }

    private void compare(String path, JSONSchemaProps before, JSONSchemaProps after) {
        if (!Objects.equals(before.getType(), after.getType())) {
            add(path, "type is %s now, it was %s".formatted(after.getType(), before.getType()));
            return;
        }
        after.getRequired().stream()
                .filter(name -> !before.getRequired().contains(name))
                .forEach(name -> add(path, name + " is required now"));
        upper(path, "maximum", before.getMaximum(), after.getMaximum());
        lower(path, "minimum", before.getMinimum(), after.getMinimum());
        upper(path, "maxLength", before.getMaxLength(), after.getMaxLength());
        lower(path, "minLength", before.getMinLength(), after.getMinLength());
        upper(path, "maxItems", before.getMaxItems(), after.getMaxItems());
        lower(path, "minItems", before.getMinItems(), after.getMinItems());
        if (after.getPattern() != null
                && !Objects.equals(before.getPattern(), after.getPattern())) {
            changed(path, "pattern", before.getPattern(), after.getPattern());
        }
        words(path, before, after);
        if (!Objects.equals(before.getDefault(), after.getDefault())) {
            add(
                    path,
                    "default is %s now, it was %s"
                            .formatted(after.getDefault(), before.getDefault()));
        }
        rules(path, before, after);
        fields(path, before.getProperties(), after.getProperties());
        if (before.getItems() != null && after.getItems() != null) {
            compare(path + "[]", before.getItems().getSchema(), after.getItems().getSchema());
        }
    }

    private void fields(
            String path, Map<String, JSONSchemaProps> before, Map<String, JSONSchemaProps> after) {
        for (var field : new TreeMap<>(before).entrySet()) {
            final String at = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
            if (after.containsKey(field.getKey())) {
                compare(at, field.getValue(), after.get(field.getKey()));
            } else {
                add(at, "is gone");
            }
        }
    }

    private void words(String path, JSONSchemaProps before, JSONSchemaProps after) {
        if (after.getEnum().isEmpty()) {
            return;
        }
        if (before.getEnum().isEmpty()) {
            add(path, "takes only certain words now");
        }
        before.getEnum().stream()
                .filter(word -> !after.getEnum().contains(word))
                .forEach(word -> add(path, word + " is no longer taken"));
    }

    private void rules(String path, JSONSchemaProps before, JSONSchemaProps after) {
        final List<String> known = texts(before);
        texts(after).stream()
                .filter(rule -> !known.contains(rule))
                .forEach(rule -> add(path, "rule is new: " + rule));
    }

    private static List<String> texts(JSONSchemaProps schema) {
        return schema.getXKubernetesValidations().stream().map(ValidationRule::getRule).toList();
    }

    private void upper(String path, String limit, Number before, Number after) {
        if (after != null && (before == null || after.doubleValue() < before.doubleValue())) {
            changed(path, limit, before, after);
        }
    }

    private void lower(String path, String limit, Number before, Number after) {
        if (after != null && (before == null || after.doubleValue() > before.doubleValue())) {
            changed(path, limit, before, after);
        }
    }

    private void changed(String path, String limit, Object before, Object after) {
        final String was = before == null ? "there was none" : "it was " + before;
        add(path, "%s is %s now, %s".formatted(limit, after, was));
    }

    private void add(String path, String what) {
        found.add(path + ": " + what);
    }
}
