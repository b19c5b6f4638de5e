package dev.hast.daemon.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.address.TransitionReason;
import dev.hast.daemon.Await;
import dev.hast.daemon.document.VirtualIpDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GroupMovesTest {

    @TempDir private Path directory;

    private final FakeStorage storage = new FakeStorage();
    private final RecordedEvents events = new RecordedEvents();
    private final BlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void away() {
        blocking.shutdownNow();
    }

    private final class Outcomes implements GroupMoves.Outcome {
        @Override
        public void promoted(GroupMoves.Entitlement entitlement) {
            outcomes.add("promoted");
        }

        @Override
        public void notPromoted(String cause) {
            outcomes.add("not promoted: " + cause);
        }

        @Override
        public void yielded() {
            outcomes.add("yielded");
        }

        @Override
        public void notYielded(String cause) {
            outcomes.add("not yielded: " + cause);
        }
    }

    private GroupMoves moves(VirtualIpDocument document) {
        final StepTimes times = new StepTimes();
        return new GroupMoves(
                new GroupMoves.Site(FakeStorage.SELF, blocking, storage, events),
                document,
                new ServiceSteps(document, storage, directory, times),
                times,
                new Outcomes());
    }

    private GroupMoves moves() {
        return moves(GroupDocuments.group().follows("r1", "r2").made());
    }

    private String outcome() throws InterruptedException {
        return String.valueOf(outcomes.poll(30, TimeUnit.SECONDS));
    }

    private Path file(String name) {
        return directory.resolve(name);
    }

    /// A service that is a file while it runs.
    private GroupDocuments service() {
        return GroupDocuments.group()
                .follows("r1", "r2")
                .service("s", "touch " + file("runs"), "rm " + file("runs"));
    }

    @Test
    void whatHasNoPrimaryIsPromoted() throws Exception {
        moves().promote();
        assertThat(outcome()).isEqualTo("promoted");
        assertThat(storage.orders()).containsExactly("promote r1", "promote r2");
    }

    @Test
    void whatIsPrimaryElsewhereIsWaitedForAndNotTakenByForce() throws Exception {
        storage.primary("r1", "b").primary("r2", "a");
        moves().promote();
        storage.primary("r1", "a");
        assertThat(outcome()).isEqualTo("promoted");
        assertThat(storage.orders()).isEmpty();
    }

    @Test
    void aPromotionThatIsCalledOffEndsAndGivesBackWhatItHad() throws Exception {
        storage.primary("r1", "b").primary("r2", "b");
        final GroupMoves moves = moves();
        moves.promote();
        Await.until("looked at", () -> moves.seenPrimaries() == 2);
        // Only one of them comes.
        storage.primary("r1", "a").successors("r1", "b", "c");
        moves.yield(TransitionReason.BETTER_ADVERT);
        assertThat(outcome()).isEqualTo("not promoted: it was called off");
        assertThat(outcome()).isEqualTo("yielded");
        assertThat(storage.orders()).containsExactly("hand over r1 to b");
    }

    @Test
    void allGoToTheOneThatWasNamed() throws Exception {
        storage.primary("r1", "a").primary("r2", "a");
        storage.successors("r1", "b", "c").successors("r2", "b", "c");
        final GroupMoves moves = moves();
        moves.successor(Optional.of("b"));
        moves.yield(TransitionReason.HAND_OVER);
        assertThat(outcome()).isEqualTo("yielded");
        assertThat(storage.orders()).containsExactly("hand over r1 to b", "hand over r2 to b");
    }

    @Test
    void allGoToOneNodeThatCanHaveThemAll() throws Exception {
        storage.primary("r1", "a").primary("r2", "a");
        storage.successors("r1", "c", "b").successors("r2", "b", "d");
        final GroupMoves moves = moves();
        assertThat(moves.anySuccessor()).contains("b");
        moves.yield(TransitionReason.STOPPED);
        assertThat(outcome()).isEqualTo("yielded");
        assertThat(storage.orders()).containsExactly("hand over r1 to b", "hand over r2 to b");
    }

    @Test
    void ofSeveralSuccessorsTheOneWithTheSmallestSkewIsTaken() {
        storage.primary("r1", "a").primary("r2", "a");
        storage.successors("r1", "b", "c").successors("r2", "b", "c");
        assertThat(moves().anySuccessor()).contains("c");
    }

    @Test
    void aNodeThatMayNotHoldTheAddressesIsNoSuccessor() throws Exception {
        storage.primary("r1", "a").primary("r2", "a");
        storage.successors("r1", "d").successors("r2", "d");
        final GroupMoves moves = moves();
        moves.yield(TransitionReason.STOPPED);
        assertThat(outcome()).isEqualTo("yielded");
        assertThat(storage.orders()).isEmpty();
    }

    @Test
    void noneGoesWhenNobodyCanHaveThemAll() throws Exception {
        storage.primary("r1", "a").primary("r2", "a");
        storage.successors("r1", "b").successors("r2", "c");
        final GroupMoves moves = moves();
        assertThat(moves.canTakeOver("b")).isFalse();
        moves.yield(TransitionReason.STOPPED);
        assertThat(outcome()).isEqualTo("yielded");
        assertThat(storage.orders()).isEmpty();
    }

    @Test
    void theRestOfAMoveThatFailedInTheMiddleGoesToTheSameNode() throws Exception {
        storage.primary("r1", "a").primary("r2", "a");
        storage.successors("r1", "b").successors("r2", "b", "c");
        storage.refuse("r2", true);
        final GroupMoves moves = moves();
        moves.yield(TransitionReason.STOPPED);
        assertThat(outcome()).isEqualTo("not yielded: r2 refuses");
        storage.refuse("r2", false);
        moves.again(Long.MAX_VALUE / 2);
        assertThat(outcome()).isEqualTo("yielded");
        assertThat(storage.primaryOf("r1")).isEqualTo("b");
        assertThat(storage.primaryOf("r2")).isEqualTo("b");
    }

    @Test
    void whatCannotBeTakenDownIsTriedAgainAndNothingIsHandedOverBefore() throws Exception {
        storage.primary("r1", "a").primary("r2", "a");
        storage.successors("r1", "b").successors("r2", "b");
        final GroupMoves moves = moves(service().made());
        moves.promote();
        assertThat(outcome()).isEqualTo("promoted");
        Files.delete(file("runs"));
        moves.yield(TransitionReason.ADMINISTRATOR);
        assertThat(outcome()).startsWith("not yielded: ").contains("rm: cannot remove");
        assertThat(storage.orders()).isEmpty();
        moves.again(System.nanoTime() - 1);
        assertThat(outcomes).as("not before its time").isEmpty();
        Files.createFile(file("runs"));
        moves.again(System.nanoTime() + TimeUnit.HOURS.toNanos(1));
        assertThat(outcome()).isEqualTo("yielded");
        assertThat(storage.orders()).containsExactly("hand over r1 to b", "hand over r2 to b");
        assertThat(file("runs")).doesNotExist();
    }

    @Test
    void aPromotionWhoseServiceDoesNotStartGivesTheResourcesBack() throws Exception {
        storage.primary("r1", "b").primary("r2", "b");
        final GroupMoves moves = moves(service().service("broken", "exit 7", "true").made());
        moves.promote();
        // Handed over by who heard the claim, once it was seen who has them.
        storage.successors("r1", "b").successors("r2", "b");
        Await.until("looked at", () -> moves.seenPrimaries() == 2);
        storage.primary("r1", "a").primary("r2", "a");
        assertThat(outcome()).startsWith("not promoted: ").contains("status 7");
        assertThat(file("runs")).doesNotExist();
        moves.yield(TransitionReason.PROMOTION_FAILED);
        assertThat(outcome()).isEqualTo("yielded");
        assertThat(storage.orders()).containsExactly("hand over r1 to b", "hand over r2 to b");
    }

    @Test
    void aPlannedRestartLeavesEverythingUpAndTheNextDaemonTakesItDownWhenItIsElsewhere()
            throws Exception {
        storage.primary("r1", "a").primary("r2", "a");
        storage.successors("r1", "b").successors("r2", "b");
        final VirtualIpDocument document = service().made();
        final GroupMoves moves = moves(document);
        moves.promote();
        assertThat(outcome()).isEqualTo("promoted");
        moves.stay();
        moves.yield(TransitionReason.STOPPED);
        assertThat(outcome()).isEqualTo("yielded");
        assertThat(storage.orders()).isEmpty();
        assertThat(file("runs")).exists();

        final GroupMoves next = moves(document);
        next.clearLeftOver();
        assertThat(file("runs")).as("still primary here").exists();
        storage.primary("r1", "b").primary("r2", "b");
        next.clearLeftOver();
        Await.until("taken down", () -> !Files.exists(file("runs")));
        Await.until("told", () -> events.notices.size() == 1);
    }

    @Test
    void partsOfAGroupGoToWhoGathersIt() {
        storage.primary("r1", "a").primary("r2", "b").successors("r1", "b");
        moves().handOverParts("b");
        Await.until("handed over", () -> storage.orders().equals(List.of("hand over r1 to b")));
    }

    @Test
    void aNodeIsEntitledWhileItServesAllOfThem() throws IOException {
        storage.primary("r1", "a").primary("r2", "b");
        final GroupMoves moves = moves();
        assertThat(moves.entitlement().whole()).isFalse();
        assertThat(moves.entitlement().lacking()).isEqualTo("r2");
        storage.primary("r2", "a");
        assertThat(moves.entitlement().whole()).isTrue();
    }
}
