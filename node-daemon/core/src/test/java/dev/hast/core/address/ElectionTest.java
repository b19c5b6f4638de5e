package dev.hast.core.address;

import static dev.hast.core.address.Segment.MS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.core.address.Segment.Node;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One rule of docs/reference/carp.md each, with times to the millisecond.
class ElectionTest {

    private final Segment segment = new Segment();

    private static ElectionSettings plain(int sender, int skew, boolean preempt) {
        return settings(sender, skew, preempt, false, 0);
    }

    private static ElectionSettings settings(
            int sender, int skew, boolean preempt, boolean follows, long interval) {
        return new ElectionSettings(
                42,
                1,
                skew,
                interval,
                preempt,
                0,
                follows,
                true,
                10_000 * MS,
                10_000 * MS,
                30 * MS,
                sender,
                List.of(new IpAddress(false, 0, 0x0a000000 + sender)));
    }

    private static Advert carp(int advbase, int skew) {
        return new Advert(42, advbase, skew, 0, 1, null);
    }

    private static final IpAddress STRANGER = AdvertTest.address("10.0.0.99");

    @ParameterizedTest
    @CsvSource({
        // interval, skew, guard, advert, master down, settle: milliseconds
        "1000, 0, 2500, 1000, 3000, 10",
        "1000, 100, 2500, 1390, 3390, 10",
        "1000, 240, 2500, 1666, 3937, 10",
        "100, 100, 250, 139, 339, 5",
        "20, 0, 29, 19, 60, 2"
    })
    void timesAreThoseOfTheTable(
            int interval, int skew, int guard, int advert, int down, int settle) {
        final ElectionSettings settings = settings(1, skew, false, false, interval * MS);
        assertThat(settings.guard() / MS).isEqualTo(guard);
        assertThat(settings.advertEvery(skew) / MS).isEqualTo(advert);
        assertThat(settings.masterDown(0, skew) / MS).isEqualTo(down);
        assertThat(settings.settle() / MS).isEqualTo(settle);
    }

    @Test
    void guardRunsOutBeforeAnyBackupOpensWhateverTheClocksDo() {
        for (int interval = 20; interval < 255_000; interval += 1 + interval / 9) {
            final ElectionSettings settings = settings(1, 0, false, false, interval * MS);
            final double closed = settings.guard() / 0.99 + settings.kernelLateness();
            final double opened = settings.masterDown(interval * MS, 0) / 1.01;
            assertThat(closed).as("%d ms", interval).isLessThan(opened);
            assertThat(settings.guard()).isGreaterThan(settings.advertEvery(240));
        }
    }

    @Test
    void settingsThatCannotWorkAreRefused() {
        assertThatThrownBy(() -> settings(1, 0, false, false, 19 * MS))
                .hasMessageContaining("20 ms");
        assertThatThrownBy(() -> settings(1, 255, false, false, 0))
                .hasMessageContaining("0 to 254");
        assertThatThrownBy(() -> ElectionSettings.defaults(0, 0, 1)).hasMessageContaining("vhid");
    }

    @Test
    void loneNodeListensAMasterDownThenHolds() {
        final Node node = segment.add(plain(1, 100, false));
        segment.run(3_390 * MS);
        assertThat(node.state()).isEqualTo(ElectionState.BACKUP);
        segment.run(11 * MS);
        assertThat(node.state()).isEqualTo(ElectionState.MASTER);
        assertThat(node.log)
                .containsExactly(
                        "INIT -> BACKUP (initialization complete)",
                        "BACKUP -> PROMOTING (master timed out)",
                        "open",
                        "PROMOTING -> MASTER (nobody better answered)",
                        "announce");
        segment.run(60_000 * MS);
        assertThat(node.answers()).isTrue();
    }

    @Test
    void betterOfTwoHoldsAndTheOtherStaysQuiet() {
        final Node good = segment.add(plain(1, 0, false));
        final Node bad = segment.add(plain(2, 100, false));
        segment.run(30_000 * MS);
        assertThat(good.state()).isEqualTo(ElectionState.MASTER);
        assertThat(bad.log).containsExactly("INIT -> BACKUP (initialization complete)");
    }

    @Test
    void equalNodesAreSettledByNumber() {
        final Node second = segment.add(plain(2, 7, false));
        final Node first = segment.add(plain(1, 7, false));
        first.deaf = true;
        second.deaf = true;
        segment.run(4_000 * MS);
        assertThat(first.answers() && second.answers()).isTrue();
        first.deaf = false;
        second.deaf = false;
        first.log.clear();
        segment.run(1_100 * MS);
        assertThat(second.state()).isEqualTo(ElectionState.BACKUP);
        assertThat(first.log).contains("announce");
        assertThat(first.answers()).isTrue();
    }

    @Test
    void backupTakesOverAMasterDownAfterTheHolderDied() {
        final Node good = segment.add(plain(1, 0, false));
        final Node bad = segment.add(plain(2, 100, false));
        segment.run(10_000 * MS);
        good.frozen = true;
        segment.run(2_380 * MS);
        assertThat(bad.state()).isEqualTo(ElectionState.BACKUP);
        segment.run(1_000 * MS);
        assertThat(bad.state()).isEqualTo(ElectionState.MASTER);
        assertThat(good.answers()).isFalse();
    }

    @Test
    void holderThatWakesLateClosesAndListens() {
        final Node good = segment.add(plain(1, 0, true));
        final Node bad = segment.add(plain(2, 100, false));
        segment.run(10_000 * MS);
        good.frozen = true;
        segment.run(20_000 * MS);
        good.log.clear();
        good.frozen = false;
        segment.run(2_900 * MS);
        assertThat(good.log).containsExactly("close", "MASTER -> BACKUP (the loop woke late)");
        assertThat(bad.state()).isEqualTo(ElectionState.MASTER);
        segment.run(2_000 * MS);
        assertThat(good.state()).isEqualTo(ElectionState.MASTER);
        assertThat(bad.answers()).isFalse();
    }

    @Test
    void orderlyLeaveIsOverInASettleTime() {
        final Node good = segment.add(plain(1, 0, false));
        final Node bad = segment.add(plain(2, 100, false));
        segment.run(10_000 * MS);
        good.election.stop(segment.now);
        assertThat(good.answers()).isFalse();
        segment.run(11 * MS);
        assertThat(bad.answers()).isTrue();
        assertThat(bad.log).contains("BACKUP -> PROMOTING (master left)");
        assertThat(good.state()).isEqualTo(ElectionState.INIT);
    }

    @Test
    void preemptingNodeOpensOnlyAfterTheRelease() {
        final Node bad = segment.add(plain(2, 100, false));
        segment.run(10_000 * MS);
        final Node good = segment.add(plain(1, 0, true));
        bad.deaf = true;
        segment.run(4_600 * MS);
        assertThat(good.state()).isEqualTo(ElectionState.PROMOTING);
        assertThat(bad.answers()).isTrue();
        bad.deaf = false;
        segment.run(50 * MS);
        assertThat(good.answers()).isTrue();
        assertThat(bad.answers()).isFalse();
        assertThat(bad.log)
                .endsWith("close", "MASTER -> BACKUP (more frequent advertisement received)");
        assertThat(good.log).endsWith("PROMOTING -> MASTER (nobody better answered)", "announce");
    }

    @Test
    void withoutPreemptAWorseHolderStays() {
        final Node bad = segment.add(plain(2, 100, false));
        segment.run(10_000 * MS);
        final Node good = segment.add(plain(1, 0, false));
        segment.run(30_000 * MS);
        assertThat(good.state()).isEqualTo(ElectionState.BACKUP);
        assertThat(bad.state()).isEqualTo(ElectionState.MASTER);
    }

    @Test
    void preemptDelayIsWaitedFor() {
        segment.add(plain(2, 100, false));
        segment.run(10_000 * MS);
        final ElectionSettings now = plain(1, 0, true);
        final Node good =
                segment.add(
                        new ElectionSettings(
                                42,
                                1,
                                0,
                                0,
                                true,
                                20_000 * MS,
                                false,
                                true,
                                MS,
                                MS,
                                30 * MS,
                                1,
                                now.own()));
        segment.run(19_900 * MS);
        assertThat(good.state()).isEqualTo(ElectionState.BACKUP);
        segment.run(2_000 * MS);
        assertThat(good.state()).isEqualTo(ElectionState.MASTER);
    }

    @Test
    void demotionMovesTheAddressAndComesBackWithPreempt() {
        final Node good = segment.add(plain(1, 0, true));
        final Node bad = segment.add(plain(2, 100, true));
        segment.run(10_000 * MS);
        good.election.demotion(DemotionSource.PROBE, 150, segment.now);
        segment.run(20 * MS);
        assertThat(bad.state()).isEqualTo(ElectionState.MASTER);
        good.election.demotion(DemotionSource.PROBE, 0, segment.now);
        segment.run(2_000 * MS);
        assertThat(good.state()).isEqualTo(ElectionState.MASTER);
        assertThat(good.election.status(segment.now).demotion()).isEmpty();
    }

    @Test
    void threeFailedSendsDemoteAndTheGuardRunsOut() {
        final Node node = segment.add(plain(1, 0, false));
        segment.run(5_000 * MS);
        node.sendFails = true;
        segment.run(4_000 * MS);
        assertThat(node.answers()).isFalse();
        assertThat(node.log).contains("MASTER -> BACKUP (adverts could not be sent)");
        assertThat(node.election.status(segment.now).effectiveSkew()).isEqualTo(240);
        node.sendFails = false;
        segment.run(20_000 * MS);
        assertThat(node.answers()).isTrue();
        assertThat(node.election.status(segment.now).effectiveSkew()).isZero();
    }

    @Test
    void linkThatGoesDownIsAFaultAndBackAfterwards() {
        final Node node = segment.add(plain(1, 0, false));
        segment.run(5_000 * MS);
        node.election.linkDown("no carrier", segment.now);
        assertThat(node.answers()).isFalse();
        assertThat(node.state()).isEqualTo(ElectionState.FAULT);
        node.election.linkUp(segment.now);
        assertThat(node.log)
                .endsWith(
                        "close",
                        "MASTER -> FAULT (hardware interface down)",
                        "FAULT -> INIT (hardware interface up)",
                        "INIT -> BACKUP (hardware interface up)");
    }

    @Test
    void holdKeepsANodeOutUntilRelease() {
        final Node good = segment.add(plain(1, 0, true));
        final Node bad = segment.add(plain(2, 100, false));
        segment.run(5_000 * MS);
        good.election.hold(segment.now);
        segment.run(20 * MS);
        assertThat(bad.answers()).isTrue();
        assertThat(good.election.promote(segment.now)).isFalse();
        segment.run(60_000 * MS);
        assertThat(good.state()).isEqualTo(ElectionState.INIT);
        good.election.release(segment.now);
        segment.run(5_000 * MS);
        assertThat(good.answers()).isTrue();
    }

    @Test
    void promoteWinsOverABetterNodeAndStays() {
        final Node good = segment.add(plain(1, 0, true));
        final Node bad = segment.add(plain(2, 100, false));
        segment.run(5_000 * MS);
        assertThat(bad.election.promote(segment.now)).isTrue();
        segment.run(30 * MS);
        assertThat(bad.answers()).isTrue();
        segment.run(60_000 * MS);
        assertThat(bad.answers()).isTrue();
        bad.election.demote(segment.now);
        segment.run(20 * MS);
        assertThat(good.answers()).isTrue();
    }

    @Test
    void refusedGuardSendsTheAddressAway() {
        final Node good = segment.add(plain(1, 0, true));
        final Node bad = segment.add(plain(2, 100, false));
        segment.run(5_000 * MS);
        good.election.guardRefused("no such table", segment.now);
        segment.run(20 * MS);
        assertThat(good.answers()).isFalse();
        assertThat(bad.answers()).isTrue();
    }

    @Test
    void fasterOwnNodesDoNotTimeOutASlowerHolder() {
        final Node slow = segment.add(plain(1, 0, false));
        segment.run(5_000 * MS);
        final Node fast = segment.add(settings(2, 0, false, false, 20 * MS));
        segment.run(30_000 * MS);
        assertThat(fast.log).containsExactly("INIT -> BACKUP (initialization complete)");
        slow.frozen = true;
        segment.run(3_020 * MS);
        assertThat(fast.answers()).isTrue();
    }

    // --- plain peers ---

    @Test
    void plainMasterIsHeardAndTakenOverFrom() {
        final Node node = segment.add(plain(1, 0, false));
        node.election.received(carp(1, 100), STRANGER, segment.now);
        segment.run(2_900 * MS);
        assertThat(node.state()).isEqualTo(ElectionState.BACKUP);
        segment.run(200 * MS);
        assertThat(node.state()).isEqualTo(ElectionState.MASTER);
    }

    @Test
    void bowOutOfAPlainMasterIsObeyedAtOnce() {
        final Node node = segment.add(plain(1, 200, false));
        segment.run(3_100 * MS);
        node.election.received(carp(1, 0), STRANGER, segment.now);
        node.election.received(carp(255, 255), STRANGER, segment.now);
        segment.run(11 * MS);
        assertThat(node.answers()).isTrue();
    }

    @Test
    void plainMasterThatIsTooSlowIsRelievedWithoutPreempt() {
        final Node node = segment.add(plain(1, 100, false));
        segment.run(3_100 * MS);
        node.election.received(carp(4, 0), STRANGER, segment.now);
        assertThat(node.log).contains("BACKUP -> PROMOTING (master will time out)");
    }

    @Test
    void equalPlainAdvertsAreSettledByTheLastByteOfTheAddress() {
        final Node node = segment.add(plain(5, 0, false));
        segment.run(4_000 * MS);
        node.election.received(carp(1, 0), AdvertTest.address("10.9.9.6"), segment.now);
        assertThat(node.state()).isEqualTo(ElectionState.MASTER);
        node.election.received(carp(1, 0), AdvertTest.address("10.0.0.4"), segment.now);
        assertThat(node.state()).isEqualTo(ElectionState.BACKUP);
        final Advert last = node.outbox.getLast();
        assertThat(last.pace()).as("worse than the winner's").isEqualTo(carp(1, 1).pace());
    }

    @Test
    void holderAnnouncesAgainWhenAnotherOneYields() {
        final Node node = segment.add(plain(5, 0, false));
        segment.run(10_000 * MS);
        node.log.clear();
        node.election.received(carp(1, 100), STRANGER, segment.now);
        assertThat(node.log).containsExactly("announce");
        assertThat(node.outbox).as("and says that it is better").hasSize(1);
    }

    // --- followed resources ---

    private Node follower(int sender, int skew, boolean preempt) {
        return segment.add(settings(sender, skew, preempt, true, 0));
    }

    private Node followerThatHolds(int sender, int skew, boolean preempt) {
        final Node node = follower(sender, skew, preempt);
        segment.run(4_100 * MS);
        node.election.promotionDone(7, Long.MAX_VALUE, segment.now);
        segment.deliver();
        assertThat(node.answers()).isTrue();
        return node;
    }

    @Test
    void nothingOpensBeforeTheResourcesArePromoted() {
        final Node node = follower(1, 0, false);
        segment.run(8_000 * MS);
        assertThat(node.state()).isEqualTo(ElectionState.PROMOTING);
        assertThat(node.log).contains("promote").doesNotContain("open");
        node.election.promotionDone(7, Long.MAX_VALUE, segment.now);
        segment.deliver();
        assertThat(node.answers()).isTrue();
        assertThat(node.election.status(segment.now).epoch()).isEqualTo(7);
    }

    @Test
    void failedPromotionIsUndoneAndTriedLaterAndLater() {
        final Node node = follower(1, 0, false);
        segment.run(3_100 * MS);
        node.election.promotionFailed("not in sync", segment.now);
        assertThat(node.log).endsWith("PROMOTING -> YIELDING (promotion failed)", "yield");
        node.election.yieldDone(segment.now);
        segment.run(2_900 * MS);
        assertThat(node.state()).isEqualTo(ElectionState.BACKUP);
        segment.run(200 * MS);
        node.election.promotionFailed("not in sync", segment.now);
        node.election.yieldDone(segment.now);
        segment.run(5_900 * MS);
        assertThat(node.state()).isEqualTo(ElectionState.BACKUP);
    }

    @Test
    void lostEntitlementClosesBeforeAnythingElse() {
        final Node node = followerThatHolds(1, 0, false);
        node.log.clear();
        node.election.entitlementLost("another primary", segment.now);
        assertThat(node.log)
                .containsExactly(
                        "close",
                        "MASTER -> YIELDING (resources are no longer primary here)",
                        "yield");
        node.election.yieldFailed("umount: target is busy", segment.now);
        assertThat(node.state()).isEqualTo(ElectionState.FAULT);
        segment.run(60_000 * MS);
        assertThat(node.state()).isEqualTo(ElectionState.FAULT);
        node.election.yieldDone(segment.now);
        assertThat(node.state()).isEqualTo(ElectionState.BACKUP);
    }

    @Test
    void guardNeverLastsLongerThanTheEntitlement() {
        final Node node = followerThatHolds(1, 0, false);
        node.election.entitled(7, segment.now + 1_500 * MS, segment.now);
        segment.run(1_480 * MS);
        assertThat(node.answers()).isFalse();
        assertThat(node.state()).isEqualTo(ElectionState.YIELDING);
    }

    @Test
    void shortEntitlementIsFollowedByTheNextAdvertInTime() {
        final Node node = followerThatHolds(1, 0, false);
        for (int i = 0; i < 40; i++) {
            node.election.entitled(7, segment.now + 900 * MS, segment.now);
            segment.run(100 * MS);
        }
        assertThat(node.log).doesNotContain("close");
        assertThat(node.answers()).isTrue();
    }

    @Test
    void nodeThatHasJustStartedListensBeforeItObeysAnybody() {
        final Node node = segment.add(plain(1, 0, true));
        assertThat(node.election.promote(segment.now)).isTrue();
        node.election.received(carp(255, 255), STRANGER, segment.now);
        node.election.received(carp(1, 100), STRANGER, segment.now);
        assertThat(node.state()).isEqualTo(ElectionState.BACKUP);
        segment.run(3_020 * MS);
        assertThat(node.answers()).isTrue();
        assertThat(node.log).contains("BACKUP -> PROMOTING (user requested)");
    }

    @Test
    void releaseThatIsReadLateOpensNothing() {
        final Node bad = segment.add(plain(2, 100, false));
        segment.run(10_000 * MS);
        final Node good = segment.add(plain(1, 0, true));
        segment.run(4_000 * MS);
        good.election.demote(segment.now);
        segment.run(20 * MS);
        assertThat(bad.answers()).isTrue();
        good.election.promote(segment.now);
        good.frozen = true;
        segment.deliver();
        segment.now += 200 * MS;
        good.election.received(
                new Advert(
                        42, 1, 100, 0, 1, new Trailer(Intent.RELEASE, false, 1_000_000, 2, 9, 0)),
                bad.source,
                segment.now);
        assertThat(good.answers()).isFalse();
        good.frozen = false;
        segment.run(11 * MS);
        assertThat(good.answers()).isTrue();
    }

    @Test
    void claimsDoNotMoveAnAddressThatFollowsStorage() {
        final Node holder = followerThatHolds(2, 100, false);
        final Node better = follower(1, 0, true);
        segment.run(2_000 * MS);
        assertThat(better.log).as("asks storage for the hand-over").contains("promote");
        assertThat(holder.answers()).isTrue();
        holder.election.handOver("n1", segment.now);
        segment.deliver();
        assertThat(holder.answers()).isFalse();
        better.election.promotionDone(8, Long.MAX_VALUE, segment.now);
        segment.deliver();
        assertThat(better.answers()).isTrue();
    }

    @Test
    void higherEpochWinsOverAnySkew() {
        final Node old = followerThatHolds(1, 0, true);
        final Node next = follower(2, 240, false);
        old.deaf = true;
        next.election.entitled(8, Long.MAX_VALUE, segment.now);
        segment.run(20 * MS);
        next.election.promotionDone(8, Long.MAX_VALUE, segment.now);
        old.deaf = false;
        segment.run(2_000 * MS);
        assertThat(old.state()).isEqualTo(ElectionState.YIELDING);
        assertThat(next.answers()).isTrue();
    }

    @Test
    void nodeThatStorageMadePrimaryClaimsAtOnce() {
        final Node node = follower(1, 240, false);
        node.election.entitled(9, Long.MAX_VALUE, segment.now);
        segment.run(11 * MS);
        assertThat(node.log).contains("promote");
    }
}
