package dev.hast.ctl.output;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.Type;
import com.google.protobuf.Message;
import dev.hast.daemon.document.DocumentError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Messages as JSON and YAML for programs: every field is there, also those with nothing in them;
/// names as in the protocol's JSON, words in place of enum constants, sizes as numbers, reigns as
/// hexadecimal text.
public final class Tree {

    private static final ObjectMapper JSON =
            new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .configure(JsonGenerator.Feature.AUTO_CLOSE_TARGET, false);
    private static final ObjectMapper JSON_LINE = new ObjectMapper();
    private static final ObjectMapper YAML =
            new ObjectMapper(
                    YAMLFactory.builder()
                            .disable(YAMLGenerator.Feature.SPLIT_LINES)
                            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                            .build());

    private Tree() {}

    /// A message as nested maps and lists.
    public static Map<String, Object> of(Message message) {
        var tree = new LinkedHashMap<String, Object>();
        for (var field : message.getDescriptorForType().getFields()) {
            boolean absent = field.hasPresence() && !message.hasField(field);
            if (!absent) {
                tree.put(field.getJsonName(), value(field, message.getField(field)));
            }
        }
        return tree;
    }

    /// Errors of documents, each with its place.
    public static Map<String, Object> errors(List<DocumentError> errors) {
        var list = new ArrayList<Object>();
        for (var error : errors) {
            var tree = new LinkedHashMap<String, Object>();
            tree.put("file", error.file());
            tree.put("line", error.line());
            tree.put("column", error.column());
            tree.put("path", error.path());
            tree.put("problem", error.problem());
            tree.put("mend", error.mend());
            list.add(tree);
        }
        return Map.of("errors", list);
    }

    private static Object value(FieldDescriptor field, Object value) {
        if (value instanceof List<?> list) {
            var values = new ArrayList<>(list.size());
            for (var element : list) {
                values.add(single(field, element));
            }
            return values;
        }
        return single(field, value);
    }

    private static Object single(FieldDescriptor field, Object value) {
        if (value instanceof Message message) {
            return of(message);
        }
        if (value instanceof EnumValueDescriptor constant) {
            return Words.word(constant);
        }
        if (field.getType() == Type.FIXED64) {
            return String.format("%016x", (Long) value);
        }
        if (field.getType() == Type.UINT32) {
            return Integer.toUnsignedLong((Integer) value);
        }
        return value;
    }

    /// Indented JSON, with a line's end.
    public static String json(Object tree) {
        return write(JSON, tree) + "\n";
    }

    /// JSON on one line, for streams.
    public static String jsonLine(Object tree) {
        return write(JSON_LINE, tree) + "\n";
    }

    /// YAML, one document.
    public static String yaml(Object tree) {
        return write(YAML, tree);
    }

    private static String write(ObjectMapper mapper, Object tree) {
        try {
            return mapper.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(
                    "maps, lists, text and numbers can always be written", e);
        }
    }
}
