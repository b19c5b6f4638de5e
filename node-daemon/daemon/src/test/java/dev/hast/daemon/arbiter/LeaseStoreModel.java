package dev.hast.daemon.arbiter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// What an API server and its store make of requests for Leases, with the traits that matter to the
/// arbiter, as they were seen on a real one: one revision counts all changes; an update of what is
/// not there makes it, unless it names a uid; an update that changes nothing gives no new version;
/// an update without a version is invalid.
final class LeaseStoreModel {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final String namespace;
    private final TreeMap<String, ObjectNode> leases = new TreeMap<>();
    private final List<ObjectNode> events = new ArrayList<>();
    private final List<Events> watches = new ArrayList<>();
    private long revision = 100;
    private long forgotten = 100;
    private int uids;

    record Reply(int status, JsonNode body) {}

    LeaseStoreModel(String namespace) {
        this.namespace = namespace;
    }

    /// A copy of all that is kept, as a backup is.
    record Copy(TreeMap<String, ObjectNode> leases, long revision) {}

    synchronized long revision() {
        return revision;
    }

    synchronized Copy copy() {
        return new Copy(new TreeMap<>(leases), revision);
    }

    synchronized void restore(Copy copy) {
        leases.clear();
        leases.putAll(copy.leases());
        revision = copy.revision();
    }

    synchronized Reply get(String name) {
        final ObjectNode found = leases.get(name);
        return found == null ? absent(name) : new Reply(200, found.deepCopy());
    }

    synchronized Reply list() {
        final ObjectNode list = JSON.objectNode();
        list.put("kind", "LeaseList");
        list.putObject("metadata").put("resourceVersion", Long.toString(revision));
        list.putArray("items");
        return new Reply(200, list);
    }

    synchronized Reply create(ObjectNode object) {
        final String name = object.path("metadata").path("name").asText();
        if (!object.path("metadata").path("resourceVersion").asText().isEmpty()) {
            return status(422, "Invalid", "resourceVersion should not be set", name);
        }
        if (leases.containsKey(name)) {
            return status(409, "AlreadyExists", "leases \"" + name + "\" already exists", name);
        }
        return new Reply(201, put(name, object, fresh(), "ADDED"));
    }

    synchronized Reply update(String name, ObjectNode object) {
        final JsonNode metadata = object.path("metadata");
        final String uid = metadata.path("uid").asText();
        final String version = metadata.path("resourceVersion").asText();
        final ObjectNode current = leases.get(name);
        final String currentUid =
                current == null ? "" : current.path("metadata").path("uid").asText();
        if (!uid.isEmpty() && !uid.equals(currentUid)) {
            return status(
                    409, "Conflict", "Precondition failed: UID in precondition: " + uid, name);
        }
        if (current == null) {
            return new Reply(201, put(name, object, fresh(), "ADDED"));
        }
        if (version.isEmpty()) {
            return status(422, "Invalid", "metadata.resourceVersion: must be specified", name);
        }
        if (!version.equals(current.path("metadata").path("resourceVersion").asText())) {
            return status(409, "Conflict", "the object has been modified", name);
        }
        final ObjectNode same = object.deepCopy();
        ((ObjectNode) same.path("metadata")).put("uid", currentUid);
        if (same.equals(current)) {
            return new Reply(200, current.deepCopy());
        }
        return new Reply(200, put(name, object, currentUid, "MODIFIED"));
    }

    /// Puts what a person writes, whatever was there. A uid is given to what is new.
    synchronized void put(String name, ObjectNode object) {
        final ObjectNode current = leases.get(name);
        final String uid =
                current == null ? fresh() : current.path("metadata").path("uid").asText();
        put(name, object, uid, current == null ? "ADDED" : "MODIFIED");
    }

    synchronized void delete(String name) {
        final ObjectNode gone = leases.remove(name);
        if (gone != null) {
            revision++;
            event("DELETED", gone.deepCopy());
        }
    }

    Reply remove(String name) {
        delete(name);
        return status(200, "", "", name);
    }

    /// Forgets what changed before now: who watches from an older version is told 410.
    synchronized void compact() {
        revision += 2;
        forgotten = revision;
        events.clear();
    }

    synchronized void bookmark() {
        final ObjectNode object = JSON.objectNode();
        object.put("kind", "Lease");
        object.putObject("metadata").put("resourceVersion", Long.toString(revision));
        tell(JSON.objectNode().put("type", "BOOKMARK").set("object", object));
    }

    synchronized void endWatches() {
        List.copyOf(watches).forEach(Events::close);
    }

    synchronized int watches() {
        return watches.size();
    }

    synchronized Events watch(long from) {
        final Events watch = new Events();
        if (from < forgotten - 1) {
            final ObjectNode error = JSON.objectNode().put("type", "ERROR");
            error.set("object", status(410, "Expired", "too old resource version", "").body());
            watch.queue.add(Optional.of(error));
            watch.queue.add(Optional.empty());
            return watch;
        }
        for (ObjectNode event : events) {
            final String version =
                    event.path("object").path("metadata").path("resourceVersion").asText();
            if (Long.parseLong(version) > from) {
                watch.queue.add(Optional.of(event));
            }
        }
        watches.add(watch);
        notifyAll();
        return watch;
    }

    /// Waits until somebody watches.
    synchronized void awaitWatch() throws InterruptedException {
        while (watches.isEmpty()) {
            wait();
        }
    }

    /// What one watcher is told; ends with nothing.
    final class Events implements AutoCloseable {
        private final BlockingQueue<Optional<JsonNode>> queue = new LinkedBlockingQueue<>();

        Optional<JsonNode> take() {
            try {
                return queue.take();
            } catch (InterruptedException e) {
                return Optional.empty();
            }
        }

        @Override
        public void close() {
            synchronized (LeaseStoreModel.this) {
                watches.remove(this);
            }
            queue.add(Optional.empty());
        }
    }

    static Reply status(int code, String reason, String message, String name) {
        final ObjectNode status = JSON.objectNode();
        status.put("kind", "Status").put("apiVersion", "v1").put("status", "Failure");
        status.put("message", message).put("reason", reason).put("code", code);
        if (!name.isEmpty()) {
            status.putObject("details")
                    .put("name", name)
                    .put("group", "coordination.k8s.io")
                    .put("kind", "leases");
        }
        return new Reply(code, status);
    }

    private static Reply absent(String name) {
        return status(
                404, "NotFound", "leases.coordination.k8s.io \"" + name + "\" not found", name);
    }

    private ObjectNode put(String name, ObjectNode object, String uid, String type) {
        final ObjectNode kept = object.deepCopy();
        kept.put("kind", "Lease").put("apiVersion", "coordination.k8s.io/v1");
        final ObjectNode metadata = kept.withObjectProperty("metadata");
        metadata.put("name", name).put("namespace", namespace).put("uid", uid);
        metadata.put("resourceVersion", Long.toString(++revision));
        leases.put(name, kept);
        event(type, kept.deepCopy());
        return kept.deepCopy();
    }

    private String fresh() {
        return "uid-" + ++uids;
    }

    private void event(String type, ObjectNode object) {
        object.withObjectProperty("metadata").put("resourceVersion", Long.toString(revision));
        final ObjectNode event = JSON.objectNode().put("type", type);
        event.set("object", object);
        events.add(event);
        tell(event);
    }

    private void tell(JsonNode event) {
        watches.forEach(watch -> watch.queue.add(Optional.of(event)));
    }
}
