package dev.hast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.metadata.MetadataLayout;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.metadata.Superblock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A bit is on disk before the write that needs it, and leaves only after a flush (S3, S7, S14).
final class ExtentLogTest {

    private static final int EXTENT = 2 << 20;
    private static final int CAPACITY = 8;
    private static final MetadataLayout LAYOUT = new MetadataLayout(8);

    /// Pages of the provider, by the layout.
    private static final String LOG = "persist " + LAYOUT.page(MetadataLayout.ACTIVITY_LOG, 0);

    private static final String DIRTY_2 = "persist " + LAYOUT.page(MetadataLayout.dirtyMap(2), 0);

    private final RecordedEffects effects = new RecordedEffects();
    private final Completions completions = new Completions();
    private final OperationTable table = new OperationTable(64);
    private final List<Operation> ready = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final ExtentLog log = log();

    private ExtentLog log() {
        final Superblock blank = Superblock.blank(7, "demo", "a", EXTENT, LAYOUT);
        return new ExtentLog(
                StoredReplica.read(blank, StoredReplica.format(blank)),
                CAPACITY,
                effects,
                completions,
                ready::add,
                failures::add);
    }

    private Operation write(int extent, ReplicaSet absent) {
        final Operation operation =
                table.take(
                        Operation.Kind.WRITE,
                        Operation.Origin.CLIENT,
                        (long) extent * EXTENT,
                        4096);
        log.prepare(operation, absent);
        return operation;
    }

    private List<String> commands() {
        return effects.commands.stream().map(RecordedEffects.Command::what).toList();
    }

    /// Answers the oldest command.
    private void answer(int result) {
        completions.completed(effects.commands.removeFirst().token(), result);
    }

    private void fill() {
        for (int extent = 0; extent < CAPACITY; extent++) {
            write(extent, ReplicaSet.EMPTY);
            while (!effects.commands.isEmpty()) {
                answer(0);
            }
        }
        assertThat(ready).hasSize(CAPACITY);
        ready.clear();
    }

    @Test
    void writeIsReadyOnlyWhenItsExtentIsInTheLogOnDisk() {
        final Operation operation = write(0, ReplicaSet.EMPTY);
        assertThat(commands()).containsExactly(LOG);
        assertThat(ready).isEmpty();
        answer(0);
        assertThat(ready).containsExactly(operation);
    }

    @Test
    void secondWriteToAnExtentOnDiskNeedsNoPage() {
        write(0, ReplicaSet.EMPTY);
        answer(0);
        final Operation second = write(0, ReplicaSet.EMPTY);
        assertThat(commands()).isEmpty();
        assertThat(ready).endsWith(second);
    }

    @Test
    void writeIsReadyOnlyWhenTheDirtyMapsOfTheAbsentHaveItOnDisk() {
        final Operation operation = write(0, ReplicaSet.of(2));
        assertThat(commands()).containsExactly(LOG, DIRTY_2);
        answer(0);
        assertThat(ready).isEmpty();
        answer(0);
        assertThat(ready).containsExactly(operation);
        assertThat(log.dirty(2).get(0)).isTrue();
        assertThat(log.dirty(1).isEmpty()).isTrue();
    }

    @Test
    void pageHasOneWriteOnItsWayAndALaterBitTakesTheNext() {
        final Operation first = write(0, ReplicaSet.EMPTY);
        final Operation second = write(1, ReplicaSet.EMPTY);
        assertThat(commands()).containsExactly(LOG);
        answer(0);
        assertThat(ready).containsExactly(first);
        assertThat(commands()).containsExactly(LOG);
        answer(0);
        assertThat(ready).containsExactly(first, second);
    }

    @Test
    void failedPageFailsTheProviderAndReleasesNoWrite() {
        write(0, ReplicaSet.EMPTY);
        answer(-5);
        assertThat(ready).isEmpty();
        assertThat(failures).hasSize(1);
    }

    @Test
    void fullLogIsNotLeftByExtentsInUse() {
        fill();
        write(CAPACITY, ReplicaSet.EMPTY);
        assertThat(commands()).isEmpty();
        assertThat(ready).isEmpty();
        assertThat(log.activeExtents()).isEqualTo(CAPACITY);
    }

    @Test
    void extentLeavesTheFullLogOnlyAfterAFlush() {
        fill();
        final Operation parked = write(CAPACITY, ReplicaSet.EMPTY);
        log.done(0, 4096);
        assertThat(commands()).containsExactly("flush");
        assertThat(log.activity()[0] & 1).isEqualTo(1);
        answer(0);
        assertThat(log.activity()[0]).isEqualTo(0b1_1111_1110);
        assertThat(commands()).containsExactly(LOG);
        assertThat(ready).isEmpty();
        answer(0);
        assertThat(ready).containsExactly(parked);
    }

    @Test
    void flushThatBeganBeforeTheExtentWasDoneDoesNotFreeIt() {
        fill();
        final long before = log.stamp();
        log.done(0, 4096);
        log.flushed(before);
        write(CAPACITY, ReplicaSet.EMPTY);
        assertThat(commands()).containsExactly("flush");
    }

    @Test
    void flushOfAClientThatBeganAfterwardsSavesAnother() {
        fill();
        log.done(0, 4096);
        log.flushed(log.stamp());
        write(CAPACITY, ReplicaSet.EMPTY);
        assertThat(commands()).containsExactly(LOG);
        assertThat(log.activity()[0]).isEqualTo(0b1_1111_1110);
    }

    @Test
    void failedFlushFreesNothing() {
        fill();
        write(CAPACITY, ReplicaSet.EMPTY);
        log.done(0, 4096);
        answer(-5);
        assertThat(failures).hasSize(1);
        assertThat(log.activity()[0]).isEqualTo(0xff);
        assertThat(ready).isEmpty();
    }

    @Test
    void bitThatAWriteInProgressTakesAwayIsNotOnDiskAnyMore() {
        fill();
        log.done(0, 4096);
        log.done(EXTENT, 4096);
        log.flushed(log.stamp());
        final Operation taker = write(CAPACITY, ReplicaSet.EMPTY);
        assertThat(commands()).containsExactly(LOG);
        // Extent 0 comes back while the page that takes it away is on its way.
        final Operation again = write(0, ReplicaSet.EMPTY);
        assertThat(ready).isEmpty();
        answer(0);
        assertThat(ready).containsExactly(taker);
        assertThat(commands()).containsExactly(LOG);
        answer(0);
        assertThat(ready).containsExactly(taker, again);
    }

    @Test
    void mapsAreDurableWhenNoPageIsOnItsWay() {
        final List<String> said = new ArrayList<>();
        log.setAllDirty(2);
        log.whenDurable(() -> said.add("durable"));
        assertThat(commands()).hasSize(LAYOUT.mapPages());
        while (effects.commands.size() > 1) {
            answer(0);
        }
        assertThat(said).isEmpty();
        answer(0);
        assertThat(said).containsExactly("durable");
    }

    @Test
    void extentThatWasKeptManyTimesIsFreeAfterOneSettlement() {
        for (int brokenLinks = 0; brokenLinks < 1_000; brokenLinks++) {
            log.hold(0, 4096);
            log.keep(0, 4096);
        }
        log.settled();
        assertThatThrownBy(() -> log.done(0, 4096)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void secondaryTakesAWriteIntoAFullLogAndMakesRoomAfterwards() {
        fill();
        final Operation taken =
                table.take(
                        Operation.Kind.WRITE,
                        Operation.Origin.PEER,
                        (long) CAPACITY * EXTENT,
                        4096);
        log.admit(taken, ReplicaSet.EMPTY);
        assertThat(commands()).containsExactly(LOG);
        answer(0);
        assertThat(ready).containsExactly(taken);
        log.done(0, 4096);
        final Operation another =
                table.take(Operation.Kind.WRITE, Operation.Origin.PEER, EXTENT, 4096);
        log.admit(another, ReplicaSet.EMPTY);
        assertThat(ready).containsExactly(taken, another);
        assertThat(commands()).containsExactly("flush");
        answer(0);
        assertThat(log.activeExtents()).isEqualTo(CAPACITY);
    }

    @Test
    void inheritedExtentsTakeNoRoomFromWrites() {
        for (int extent = 0; extent < CAPACITY; extent++) {
            log.hold((long) extent * EXTENT, 4096);
            log.keep((long) extent * EXTENT, 4096);
        }
        final Operation operation = write(CAPACITY, ReplicaSet.EMPTY);
        answer(0);
        assertThat(ready).containsExactly(operation);
        assertThat(log.activeExtents()).isEqualTo(CAPACITY + 1);
    }

    @Test
    void rangeThatIsNotHeldCannotBeDone() {
        assertThatThrownBy(() -> log.done(0, 4096)).isInstanceOf(IllegalStateException.class);
    }
}
