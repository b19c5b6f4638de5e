package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hast.core.configuration.Configuration;
import java.io.IOException;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Leases that somebody edited, deleted, or put back from a copy: it is said, and nothing is
/// written over them.
final class LeaseByHandTest {

    private static final String NAME = "data";
    private static final String LEASE = "resource-data";
    private static final Configuration SECOND = Samples.next(Samples.first(), 1, 2);
    private static final Configuration THIRD = Samples.next(SECOND, 0, 3);

    private UnreliableApiServer server;
    private Calls calls;
    private Revision now;

    @BeforeEach
    void start() throws IOException {
        server = new UnreliableApiServer();
        calls = new Calls(new LeaseArbiter(server.settings()));
        now = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        now = calls.swapped(NAME, now, SECOND);
    }

    @AfterEach
    void end() {
        calls.close();
        server.close();
    }

    private ObjectNode lease() {
        return (ObjectNode) server.store.get(LEASE).body();
    }

    private void edit(Consumer<ObjectNode> edit) {
        final ObjectNode lease = lease();
        edit.accept(lease);
        server.store.put(LEASE, lease);
    }

    private void assertRefused(String... saying) {
        assertThat(ArbiterConformance.refused(calls.read(NAME)))
                .contains("'data'", "resource-data", "hastctl role primary --force")
                .contains(saying);
        final long before = server.store.revision();
        assertThat(ArbiterConformance.refused(calls.swap(NAME, now, THIRD))).contains(saying);
        assertThat(server.store.revision()).isEqualTo(before);
        // A daemon that was started after it says the same.
        try (Calls other = new Calls(new LeaseArbiter(server.settings()))) {
            assertThat(ArbiterConformance.refused(other.read(NAME))).contains(saying);
        }
    }

    @Test
    void editedHolderIsSaid() {
        edit(lease -> ((ObjectNode) lease.get("spec")).put("holderIdentity", "alpha"));
        assertRefused("edited by hand", "holder 'alpha'", "primary 'beta'");
    }

    @Test
    void editedTransitionsAreSaid() {
        edit(lease -> ((ObjectNode) lease.get("spec")).put("leaseTransitions", 7));
        assertRefused("edited by hand", "7 transitions", "epoch 2");
    }

    @Test
    void editedRecordIsSaid() {
        edit(lease -> {
            final ObjectNode annotations = (ObjectNode) lease.at("/metadata/annotations");
            annotations.put(
                    Lease.RECORD,
                    annotations
                            .get(Lease.RECORD)
                            .asText()
                            .replace("\"inSync\": [0, 1]", "\"inSync\": [1]"));
        });
        assertRefused("its record was edited by hand");
    }

    @Test
    void recordThatWasTakenAwayIsSaid() {
        edit(lease -> ((ObjectNode) lease.at("/metadata/annotations")).remove(Lease.RECORD));
        assertRefused("no annotation hast.dev/configuration");
    }

    @Test
    void leaseMadeAgainFromACopyIsSaid() {
        final ObjectNode copy = lease();
        now = calls.swapped(NAME, now, THIRD);
        server.store.delete(LEASE);
        server.store.put(LEASE, copy);
        assertRefused("deleted and made again by hand from a copy");
    }

    @Test
    void changeThatNamesADeletedLeaseMakesNoNewOne() {
        server.store.delete(LEASE);
        assertThat(calls.swap(NAME, now, THIRD)).isInstanceOf(ArbiterOutcome.Conflict.class);
        assertThat(calls.found(NAME).configuration()).isEmpty();
    }

    @Test
    void storeSetBackToAnOlderCopyIsSaidByWhoKnewTheNewerOne() {
        final LeaseStoreModel.Copy copy = server.store.copy();
        now = calls.swapped(NAME, now, THIRD);
        server.store.restore(copy);
        final String said = ArbiterConformance.refused(calls.read(NAME));
        assertThat(said).contains("has gone back from resourceVersion");
        assertThat(ArbiterConformance.refused(calls.swap(NAME, now, Samples.next(THIRD, 1, 4))))
                .contains("has gone back");
    }

    @Test
    void olderEpochUnderANewerVersionIsSaidByWhoKnewTheNewerOne() throws Exception {
        now = calls.swapped(NAME, now, THIRD);
        server.store.delete(LEASE);
        server.store.put(LEASE, LeaseObjects.of(SECOND));
        assertThat(ArbiterConformance.refused(calls.read(NAME)))
                .contains("has gone back from epoch 3 to 2");
    }

    @Test
    void otherConfigurationOfTheSameEpochIsSaidByWhoKnewTheFirst() throws Exception {
        final ObjectNode other = LeaseObjects.of(Samples.next(Samples.first(), 0, 77));
        edit(lease -> {
            lease.set("spec", other.get("spec"));
            ((ObjectNode) lease.get("metadata"))
                    .set("annotations", other.at("/metadata/annotations"));
        });
        assertThat(ArbiterConformance.refused(calls.read(NAME)))
                .contains("epoch 2 was another configuration before");
    }

    @Test
    void leaseThatANodeWroteAgainOnAPersonsWordIsUsedByAll() {
        server.store.delete(LEASE);
        try (Calls other = new Calls(new LeaseArbiter(server.settings()))) {
            other.swapped(NAME, Revision.ABSENT, THIRD);
        }
        assertThat(calls.found(NAME).configuration()).contains(THIRD);
    }

    @Test
    void whatOthersPutIntoMetadataIsKept() {
        edit(lease -> {
            final ObjectNode metadata = (ObjectNode) lease.get("metadata");
            metadata.withObjectProperty("labels").put("team", "storage");
            metadata.withObjectProperty("annotations").put("note", "do not touch");
            metadata.putArray("finalizers").add("hast.dev/keep");
        });
        calls.swapped(NAME, calls.found(NAME).revision(), THIRD);
        assertThat(lease().at("/metadata/labels/team").asText()).isEqualTo("storage");
        assertThat(lease().at("/metadata/annotations/note").asText()).isEqualTo("do not touch");
        assertThat(lease().at("/metadata/finalizers/0").asText()).isEqualTo("hast.dev/keep");
    }
}
