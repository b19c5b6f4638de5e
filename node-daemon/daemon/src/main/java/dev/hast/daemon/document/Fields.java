package dev.hast.daemon.document;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// A YAML mapping that is being read field by field. Each field asked for becomes a known one;
/// [#refuseUnknown] then reports the rest, so the list of fields is written down once: where they
/// are read.
final class Fields {

    /// Reads the text of a scalar.
    interface Parse<T> {
        T of(String text) throws BadValue;
    }

    private final String file;
    private final Node node;
    private final String path;
    private final Problems problems;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Map<String, Node> keys = new LinkedHashMap<>();
    private final Set<String> known = new LinkedHashSet<>();
    private final Set<String> passedOver = new LinkedHashSet<>();

    private Fields(String file, MappingNode node, String path, Problems problems) {
        this.file = file;
        this.node = node;
        this.path = path;
        this.problems = problems;
        for (var tuple : node.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                problems.at(
                        file,
                        tuple.getKeyNode(),
                        path,
                        new BadValue("a field's name is not text", "write name: value"));
            } else if (values.containsKey(key.getValue())) {
                problems.at(
                        file,
                        key,
                        pathOf(key.getValue()),
                        new BadValue("given twice", "keep one of the two"));
            } else {
                values.put(key.getValue(), tuple.getValueNode());
                keys.put(key.getValue(), key);
            }
        }
    }

    /// The mapping at a node, or an error when something else is there.
    static Optional<Fields> of(String file, Node node, String path, Problems problems) {
        if (node instanceof MappingNode mapping) {
            return Optional.of(new Fields(file, mapping, path, problems));
        }
        var problem = isNull(node) ? "is empty" : "must be fields, not " + kind(node);
        problems.at(
                file,
                node,
                path,
                new BadValue(problem, "write its fields indented below it, name: value"));
        return Optional.empty();
    }

    String pathOf(String field) {
        return path.isEmpty() ? field : path + "." + field;
    }

    boolean has(String field) {
        known.add(field);
        return values.containsKey(field);
    }

    private Optional<Node> at(String field) {
        known.add(field);
        return Optional.ofNullable(values.get(field));
    }

    /// Lets a field pass unread; it isn't offered to those who look for the right name.
    boolean passOver(String field) {
        passedOver.add(field);
        return values.containsKey(field);
    }

    /// Reports a problem at a field that is there, or at this mapping when it isn't.
    void problem(String field, String problem, String mend) {
        problems.at(
                file, values.getOrDefault(field, node), pathOf(field), new BadValue(problem, mend));
    }

    Optional<Fields> mapping(String field) {
        return at(field).flatMap(value -> of(file, value, pathOf(field), problems));
    }

    Optional<Fields> requiredMapping(String field, String mend) {
        return require(field, mend) ? mapping(field) : Optional.empty();
    }

    <T> Optional<T> required(String field, String mend, Parse<T> parse) {
        return require(field, mend) ? value(field, parse) : Optional.empty();
    }

    private boolean require(String field, String mend) {
        if (has(field)) {
            return true;
        }
        problems.at(file, node, pathOf(field), new BadValue("is missing", mend));
        return false;
    }

    /// The value of a scalar field; empty when it is absent, or wrong and reported.
    <T> Optional<T> value(String field, Parse<T> parse) {
        return at(field).flatMap(value -> scalar(value, pathOf(field), parse));
    }

    private <T> Optional<T> scalar(Node value, String valuePath, Parse<T> parse) {
        try {
            if (!(value instanceof ScalarNode scalar)) {
                throw new BadValue(
                        "must be one value, not " + kind(value), "write it behind the colon");
            }
            if (isNull(value)) {
                throw new BadValue("is empty", "give it a value, or leave the field out");
            }
            return Optional.of(parse.of(scalar.getValue()));
        } catch (BadValue bad) {
            problems.at(file, value, valuePath, bad);
            return Optional.empty();
        }
    }

    /// The values of a list of scalars; one scalar alone counts as a list of one.
    <T> List<T> scalars(String field, Parse<T> parse) {
        var out = new ArrayList<T>();
        var found = at(field);
        if (found.isEmpty()) {
            return out;
        }
        var value = found.get();
        if (!(value instanceof SequenceNode sequence)) {
            scalar(value, pathOf(field), parse).ifPresent(out::add);
            return out;
        }
        if (sequence.getValue().isEmpty()) {
            problem(field, "is an empty list", "give at least one value, or leave the field out");
        }
        for (int i = 0; i < sequence.getValue().size(); i++) {
            scalar(sequence.getValue().get(i), pathOf(field) + "[" + i + "]", parse)
                    .ifPresent(out::add);
        }
        return out;
    }

    /// The mappings of a list, with their positions as part of their paths.
    List<Fields> mappings(String field, String mend) {
        var out = new ArrayList<Fields>();
        if (!require(field, mend)) {
            return out;
        }
        if (!(values.get(field) instanceof SequenceNode sequence)
                || sequence.getValue().isEmpty()) {
            problem(field, "must be a list of at least one entry", mend);
            return out;
        }
        for (int i = 0; i < sequence.getValue().size(); i++) {
            of(file, sequence.getValue().get(i), pathOf(field) + "[" + i + "]", problems)
                    .ifPresent(out::add);
        }
        return out;
    }

    /// Reports every field that nobody asked for.
    void refuseUnknown() {
        for (var name : values.keySet()) {
            if (!known.contains(name) && !passedOver.contains(name)) {
                var mend =
                        Sentence.nearest(name, known)
                                .map(near -> "did you mean " + near + "?")
                                .orElse("known here: " + String.join(", ", known));
                problems.at(
                        file,
                        keys.getOrDefault(name, node),
                        pathOf(name),
                        new BadValue("unknown field", mend));
            }
        }
    }

    private static boolean isNull(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    private static String kind(Node node) {
        return switch (node) {
            case MappingNode _ -> "fields";
            case SequenceNode _ -> "a list";
            case ScalarNode scalar -> "\"" + Sentence.shortened(scalar.getValue()) + "\"";
            default -> "something else";
        };
    }
}
