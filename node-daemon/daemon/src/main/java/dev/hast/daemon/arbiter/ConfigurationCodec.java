package dev.hast.daemon.arbiter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Member;
import dev.hast.core.configuration.Reign;
import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.configuration.ResourceId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The record of a configuration as it stands in a register: JSON text, UTF-8, laid out for people.
///
/// | field | meaning | guards against |
/// |---|---|---|
/// | `version` | 1 | a program that reads a layout that it does not know |
/// | `features` | names of extensions that a reader must know; none yet | the same, for additions |
/// | `resource` | id, 32 hexadecimal digits | another resource with the same name |
/// | `epoch` | counts the changes | a stale configuration |
/// | `primary` | slot, or null | |
/// | `inSync` | slots that hold every acknowledged write | promoting a replica that does not |
/// | `members` | slot and node of each replica | |
/// | `size` | of the volume, in bytes | a replica of another size |
/// | `reigns` | oldest first: tag (16 hexadecimal digits), firstEpoch, basis, forced | split-brain that nobody notices |
///
/// One configuration has one encoding, so equal bytes are equal records. Decoding is strict: a
/// field that is missing, unknown or there twice is an error, because a guess about who is primary
/// is worse than a stop. Stateless; any thread.
public final class ConfigurationCodec {

    public static final int VERSION = 1;

    /// The most bytes that a record may have. The largest possible configuration needs less than a
    /// third of it.
    public static final int BYTES_MAX = 64 * 1024;

    private static final Set<String> FIELDS =
            Set.of(
                    "version",
                    "features",
                    "resource",
                    "epoch",
                    "primary",
                    "inSync",
                    "members",
                    "size",
                    "reigns");
    private static final Set<String> MEMBER_FIELDS = Set.of("slot", "node");
    private static final Set<String> REIGN_FIELDS = Set.of("tag", "firstEpoch", "basis", "forced");

    private static final ObjectReader READER =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build()
                    .readerFor(JsonNode.class);

    private ConfigurationCodec() {}

    public static byte[] encode(Configuration configuration) {
        final List<String> members =
                configuration.members().stream()
                        .map(m ->
                                "    {\"slot\": %d, \"node\": %s}"
                                        .formatted(m.slot(), quoted(m.node())))
                        .toList();
        final List<String> reigns =
                configuration.reigns().stream()
                        .map(r ->
                                "    {\"tag\": \"%016x\", \"firstEpoch\": %d, \"basis\": %d, \"forced\": %b}"
                                        .formatted(r.tag(), r.firstEpoch(), r.basis(), r.forced()))
                        .toList();
        final List<String> inSync = new ArrayList<>();
        for (int slot = 0; slot < ReplicaSet.SLOTS; slot++) {
            if (configuration.inSync().contains(slot)) {
                inSync.add(Integer.toString(slot));
            }
        }
        final String text =
                """
                {
                  "version": %d,
                  "features": [],
                  "resource": "%s",
                  "epoch": %d,
                  "primary": %s,
                  "inSync": [%s],
                  "members": [
                %s
                  ],
                  "size": %d,
                  "reigns": [
                %s
                  ]
                }
                """
                        .formatted(
                                VERSION,
                                configuration.resource(),
                                configuration.epoch(),
                                configuration.primary() == Configuration.NOBODY
                                        ? "null"
                                        : configuration.primary(),
                                String.join(", ", inSync),
                                String.join(",\n", members),
                                configuration.size(),
                                String.join(",\n", reigns));
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static Configuration decode(byte[] bytes) throws UnreadableRecordException {
        if (bytes.length > BYTES_MAX) {
            throw new UnreadableRecordException(
                    "it has %d bytes, and a record has at most %d"
                            .formatted(bytes.length, BYTES_MAX));
        }
        final JsonNode root = parse(bytes);
        if (!root.isObject()) {
            throw new UnreadableRecordException("it is not a JSON object");
        }
        requireKnownVersion(root);
        requireFields(root, FIELDS, "the record");
        try {
            return new Configuration(
                    ResourceId.parse(text(root, "resource")),
                    number(root, "epoch"),
                    root.get("primary").isNull()
                            ? Configuration.NOBODY
                            : slot(root.get("primary"), "primary"),
                    inSync(root.get("inSync")),
                    members(root.get("members")),
                    number(root, "size"),
                    reigns(root.get("reigns")));
        } catch (IllegalArgumentException e) {
            throw new UnreadableRecordException(String.valueOf(e.getMessage()));
        }
    }

    private static JsonNode parse(byte[] bytes) throws UnreadableRecordException {
        try {
            return READER.readTree(bytes);
        } catch (JsonProcessingException e) {
            final var at = e.getLocation();
            final String where =
                    at == null
                            ? ""
                            : " in line %d, column %d".formatted(at.getLineNr(), at.getColumnNr());
            throw new UnreadableRecordException(
                    "it is not JSON" + where + ": " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UnreadableRecordException("it is not JSON: " + e.getMessage());
        }
    }

    /// Comes before all else: what a newer program wrote may differ in every other field.
    private static void requireKnownVersion(JsonNode root) throws UnreadableRecordException {
        final long version = number(root, "version");
        if (version != VERSION) {
            throw new UnreadableRecordException(
                    "it has version %d, and this hastd knows version %d only; run a hastd that knows it"
                            .formatted(version, VERSION));
        }
        final Set<String> unknown = new TreeSet<>();
        for (JsonNode feature : array(root.get("features"), "features")) {
            unknown.add(feature.asText());
        }
        if (!unknown.isEmpty()) {
            throw new UnreadableRecordException(
                    "it uses features that this hastd does not know: "
                            + String.join(", ", unknown)
                            + "; run a hastd that knows them");
        }
    }

    private static void requireFields(JsonNode object, Set<String> expected, String what)
            throws UnreadableRecordException {
        final Set<String> present = new TreeSet<>();
        object.fieldNames().forEachRemaining(present::add);
        final Set<String> missing = new TreeSet<>(expected);
        missing.removeAll(present);
        present.removeAll(expected);
        if (!object.isObject() || !missing.isEmpty() || !present.isEmpty()) {
            throw new UnreadableRecordException(
                    "%s lacks the fields %s and has the unknown fields %s"
                            .formatted(what, missing, present));
        }
    }

    private static ReplicaSet inSync(JsonNode node) throws UnreadableRecordException {
        ReplicaSet set = ReplicaSet.EMPTY;
        for (JsonNode slot : array(node, "inSync")) {
            set = set.with(slot(slot, "inSync"));
        }
        return set;
    }

    private static List<Member> members(JsonNode node) throws UnreadableRecordException {
        final List<Member> members = new ArrayList<>();
        for (JsonNode member : array(node, "members")) {
            requireFields(member, MEMBER_FIELDS, "a member");
            members.add(new Member(slot(member.get("slot"), "slot"), text(member, "node")));
        }
        return members;
    }

    private static List<Reign> reigns(JsonNode node) throws UnreadableRecordException {
        final List<Reign> reigns = new ArrayList<>();
        for (JsonNode reign : array(node, "reigns")) {
            requireFields(reign, REIGN_FIELDS, "a reign");
            final String tag = text(reign, "tag");
            if (!tag.matches("[0-9a-f]{16}")) {
                throw new UnreadableRecordException(
                        "a reign's tag is 16 hexadecimal digits, not '" + tag + "'");
            }
            if (!reign.get("forced").isBoolean()) {
                throw new UnreadableRecordException("a reign's field forced is true or false");
            }
            reigns.add(
                    new Reign(
                            Long.parseUnsignedLong(tag, 16),
                            number(reign, "firstEpoch"),
                            number(reign, "basis"),
                            reign.get("forced").booleanValue()));
        }
        return reigns;
    }

    private static JsonNode array(@Nullable JsonNode node, String field)
            throws UnreadableRecordException {
        if (node == null || !node.isArray()) {
            throw new UnreadableRecordException("the field " + field + " is not a list");
        }
        return node;
    }

    private static int slot(JsonNode node, String field) throws UnreadableRecordException {
        if (!node.isIntegralNumber()
                || !node.canConvertToInt()
                || node.intValue() < 0
                || node.intValue() >= ReplicaSet.SLOTS) {
            throw new UnreadableRecordException(
                    "the field " + field + " holds " + node + ", and slots are 0 to 7");
        }
        return node.intValue();
    }

    private static long number(JsonNode object, String field) throws UnreadableRecordException {
        final JsonNode node = object.get(field);
        if (node == null || !node.isIntegralNumber() || !node.canConvertToLong()) {
            throw new UnreadableRecordException("the field " + field + " is not a whole number");
        }
        return node.longValue();
    }

    private static String text(JsonNode object, String field) throws UnreadableRecordException {
        final JsonNode node = object.get(field);
        if (node == null || !node.isTextual()) {
            throw new UnreadableRecordException("the field " + field + " is not a text");
        }
        return node.textValue();
    }

    private static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
