package dev.hast.daemon.arbiter;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hast.core.configuration.Configuration;
import java.nio.charset.StandardCharsets;

/// Leases that tests put behind the arbiter's back.
final class LeaseObjects {

    private LeaseObjects() {}

    /// A whole one.
    static ObjectNode of(Configuration configuration) throws UnreadableRecordException {
        return Lease.creation("any", "any", text(configuration), "0000000000000000");
    }

    /// One around bytes that may be no record at all, all else as it should be.
    static ObjectNode around(byte[] record) {
        final String text = new String(record, StandardCharsets.UTF_8);
        try {
            return Lease.creation("any", "any", text, "0000000000000000");
        } catch (UnreadableRecordException e) {
            final ObjectNode object = JsonNodeFactory.instance.objectNode();
            object.put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
            object.putObject("spec");
            object.putObject("metadata")
                    .putObject("annotations")
                    .put(Lease.RECORD, text)
                    .put(Lease.CHECKSUM, Lease.checksum(text));
            return object;
        }
    }

    static String text(Configuration configuration) {
        return new String(ConfigurationCodec.encode(configuration), StandardCharsets.UTF_8);
    }
}
