package dev.hast.daemon.arbiter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Member;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32C;

/// One Lease as the API server tells it, and how a configuration stands in it.
///
/// | place | content | guards against |
/// |---|---|---|
/// | `metadata.name` | `resource-` and the resource's name | another Lease of the namespace |
/// | `spec.holderIdentity` | node of the primary; absent when there is none | an edit of the one without the other |
/// | `spec.leaseTransitions` | epoch modulo 2^31 | the same |
/// | annotation `hast.dev/configuration` | the record ([ConfigurationCodec]) | |
/// | annotation `hast.dev/checksum` | CRC32C of the record, 8 hexadecimal digits | a record that was edited by hand |
/// | annotation `hast.dev/change` | random, another one for each change | an answer that is lost, and taking another's change for ours |
/// | annotation `hast.dev/replaces` | the resourceVersion that it replaced, or `nothing` | a write that changes nothing, which the API server leaves out |
/// | annotation `hast.dev/uid` | the Lease's uid; absent in the first version | a Lease that was deleted and made again from a copy |
/// | label `hast.dev/register` | `configuration` | (what the watch selects by) |
///
/// @param revision `metadata.resourceVersion`
/// @param record the annotation's text; empty if there is none
/// @param metadata everything else in `metadata`, to be kept by the next change
record Lease(
        String name,
        String uid,
        Revision revision,
        String record,
        String checksum,
        String change,
        String replaces,
        String boundTo,
        String holder,
        long transitions,
        ObjectNode metadata) {

    static final String LABEL = "hast.dev/register";
    static final String LABEL_VALUE = "configuration";
    static final String RECORD = "hast.dev/configuration";
    static final String CHECKSUM = "hast.dev/checksum";
    static final String CHANGE = "hast.dev/change";
    static final String REPLACES = "hast.dev/replaces";
    static final String UID = "hast.dev/uid";
    static final String NOTHING = "nothing";
    private static final String PREFIX = "resource-";
    private static final long NO_TRANSITIONS = -1;

    /// The name of the Lease of a resource.
    static String nameOf(String resourceName) {
        return PREFIX + resourceName;
    }

    /// The resource whose Lease this name would be.
    static Optional<String> resourceOf(String leaseName) {
        return leaseName.startsWith(PREFIX)
                ? Optional.of(leaseName.substring(PREFIX.length()))
                : Optional.empty();
    }

    /// `leaseTransitions` has 31 bits.
    static long transitions(Configuration configuration) {
        return configuration.epoch() & Integer.MAX_VALUE;
    }

    static String checksum(String record) {
        final CRC32C crc = new CRC32C();
        crc.update(record.getBytes(StandardCharsets.UTF_8));
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    /// @throws UnreadableRecordException if it is no Lease, or none whose changes can be told apart
    static Lease parse(JsonNode body) throws UnreadableRecordException {
        if (!"Lease".equals(body.path("kind").asText())) {
            throw new UnreadableRecordException("it is no Lease");
        }
        if (!(body.path("metadata") instanceof ObjectNode metadata)) {
            throw new UnreadableRecordException("it has no metadata");
        }
        final String name = metadata.path("name").asText();
        final String uid = metadata.path("uid").asText();
        final String version = metadata.path("resourceVersion").asText();
        if (name.isEmpty() || uid.isEmpty() || !version.matches("[1-9][0-9]{0,17}")) {
            throw new UnreadableRecordException(
                    "it has the name '%s', the uid '%s' and the resourceVersion '%s', which must be a number"
                            .formatted(name, uid, version));
        }
        final JsonNode annotations = metadata.path("annotations");
        final JsonNode spec = body.path("spec");
        final Lease lease =
                new Lease(
                        name,
                        uid,
                        new Revision(Long.parseLong(version)),
                        annotations.path(RECORD).asText(),
                        annotations.path(CHECKSUM).asText(),
                        annotations.path(CHANGE).asText(),
                        annotations.path(REPLACES).asText(),
                        annotations.path(UID).asText(),
                        spec.path("holderIdentity").asText(""),
                        spec.path("leaseTransitions").asLong(NO_TRANSITIONS),
                        metadata);
        metadata.remove("managedFields");
        if (annotations instanceof ObjectNode kept) {
            // It is the largest part, and would be kept twice.
            kept.remove(RECORD);
        }
        return lease;
    }

    /// The configuration in it, if all that says the same thing does say the same thing.
    ///
    /// @throws UnreadableRecordException if a person has been at it, or it is of a newer version
    Configuration configuration() throws UnreadableRecordException {
        if (record.isEmpty()) {
            throw new UnreadableRecordException("it has no annotation " + RECORD);
        }
        if (!checksum.equals(checksum(record))) {
            throw new UnreadableRecordException(
                    "its record was edited by hand: the annotation %s says %s, and the record has %s"
                            .formatted(CHECKSUM, checksum, checksum(record)));
        }
        final Configuration configuration =
                ConfigurationCodec.decode(record.getBytes(StandardCharsets.UTF_8));
        final String primary = holder(configuration);
        if (!holder.equals(primary) || transitions != transitions(configuration)) {
            throw new UnreadableRecordException(
                    "it was edited by hand: it says holder '%s' and %s transitions, and its record primary '%s' and epoch %d"
                            .formatted(
                                    holder,
                                    transitions == NO_TRANSITIONS ? "no" : transitions,
                                    primary,
                                    configuration.epoch()));
        }
        if (!boundTo.isEmpty() && !boundTo.equals(uid)) {
            throw new UnreadableRecordException(
                    "it was deleted and made again by hand from a copy, which may be out of date: it has the uid %s, and was %s when it was written"
                            .formatted(uid, boundTo));
        }
        return configuration;
    }

    /// The object that creates a Lease.
    static ObjectNode creation(String name, String namespace, String record, String change)
            throws UnreadableRecordException {
        final ObjectNode metadata = JsonNodeFactory.instance.objectNode();
        metadata.put("name", name);
        metadata.put("namespace", namespace);
        return object(metadata, record, change, NOTHING, Optional.empty());
    }

    /// The object that replaces exactly this version of this Lease.
    ObjectNode replacement(String nextRecord, String nextChange) throws UnreadableRecordException {
        return object(
                metadata.deepCopy(), nextRecord, nextChange, revision.toString(), Optional.of(uid));
    }

    private static ObjectNode object(
            ObjectNode metadata,
            String record,
            String change,
            String replaces,
            Optional<String> uid)
            throws UnreadableRecordException {
        final Configuration configuration =
                ConfigurationCodec.decode(record.getBytes(StandardCharsets.UTF_8));
        metadata.withObjectProperty("labels").put(LABEL, LABEL_VALUE);
        final ObjectNode annotations = metadata.withObjectProperty("annotations");
        annotations.put(RECORD, record);
        annotations.put(CHECKSUM, checksum(record));
        annotations.put(CHANGE, change);
        annotations.put(REPLACES, replaces);
        uid.ifPresent(own -> annotations.put(UID, own));
        final ObjectNode object = JsonNodeFactory.instance.objectNode();
        object.put("apiVersion", "coordination.k8s.io/v1");
        object.put("kind", "Lease");
        object.set("metadata", metadata);
        final ObjectNode spec = object.putObject("spec");
        if (!holder(configuration).isEmpty()) {
            spec.put("holderIdentity", holder(configuration));
        }
        spec.put("leaseTransitions", transitions(configuration));
        return object;
    }

    private static String holder(Configuration configuration) {
        return configuration.member(configuration.primary()).map(Member::node).orElse("");
    }
}
