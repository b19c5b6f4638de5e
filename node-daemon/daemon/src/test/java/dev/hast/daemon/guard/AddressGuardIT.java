package dev.hast.daemon.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.Await;
import dev.hast.daemon.network.Interfaces;
import dev.hast.daemon.network.Segment;
import dev.hast.daemon.network.ServiceAddress;
import dev.hast.daemon.posix.Errno;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The rules themselves, driven from here.
final class AddressGuardIT {
    private static final String V4 = "10.83.0.100";
    private static final String V6 = "fd83::100";
    private static final Duration LONG = Duration.ofSeconds(60);

    private Segment segment;
    private Optional<AddressGuard> guard = Optional.empty();
    private List<ServiceAddress> addresses = List.of();

    @BeforeEach
    void threeHosts() throws Exception {
        segment = Segment.create(3);
        addresses =
                segment.in(
                        1,
                        () -> {
                            try (Interfaces interfaces = Interfaces.open()) {
                                final int index = interfaces.named("eth0").orElseThrow().index();
                                final List<ServiceAddress> both =
                                        List.of(
                                                new ServiceAddress(
                                                        index, "eth0", InetAddress.getByName(V4)),
                                                new ServiceAddress(
                                                        index, "eth0", InetAddress.getByName(V6)));
                                for (final ServiceAddress address : both) {
                                    interfaces.add(address, LONG);
                                }
                                return both;
                            }
                        });
    }

    @AfterEach
    void away() {
        guard.ifPresent(AddressGuard::close);
        segment.close();
    }

    private AddressGuard install() throws Exception {
        final AddressGuard installed = segment.in(1, () -> AddressGuard.install(addresses));
        guard = Optional.of(installed);
        return installed;
    }

    private GuardLease lease() {
        return guard.orElseThrow().lease(addresses.stream().map(ServiceAddress::address).toList());
    }

    private static long in(final Duration time) {
        return System.nanoTime() + time.toNanos();
    }

    private boolean silent() throws Exception {
        return segment.misses(2, V4) && segment.misses(2, V6);
    }

    private boolean answering() throws Exception {
        return segment.reaches(2, V4) && segment.reaches(2, V6);
    }

    private void forgetNeighbours() throws Exception {
        segment.on(2, "ip", "neigh", "flush", "all");
    }

    @Test
    void aGuardedAddressAnswersOnlyWhileItsLeaseIsRenewed() throws Exception {
        assertThat(answering()).as("without the guard").isTrue();
        assertThat(install().protection()).isEqualTo(new Protection.GuardAndLifetime(true));
        assertThat(silent()).as("guarded, with neighbours known").isTrue();
        final GuardLease lease = lease();
        assertThat(lease.open(in(LONG))).isZero();
        assertThat(answering()).as("renewed").isTrue();
        assertThat(lease.renew(in(LONG))).as("renewed again").isZero();
        assertThat(answering()).isTrue();
        assertThat(lease.end()).isZero();
        assertThat(silent()).as("ended").isTrue();
        assertThat(lease.end()).as("ended twice").isZero();
        assertThat(segment.reaches(2, Segment.ipv4(1))).as("the node's own address").isTrue();
    }

    @Test
    void aGuardThatATestHasSwitchedOffSaysSoAndGuardsNothing() throws Exception {
        System.setProperty("hast.test.guard", "off");
        try {
            assertThat(install().protection())
                    .isInstanceOfSatisfying(
                            Protection.LifetimeOnly.class,
                            lifetime -> assertThat(lifetime.reason()).contains("hast.test.guard"));
        } finally {
            System.clearProperty("hast.test.guard");
        }
        assertThat(answering()).isTrue();
    }

    @Test
    void aGuardedAddressDoesNotAnswerArpOrNeighbourSolicitations() throws Exception {
        install();
        forgetNeighbours();
        assertThat(silent()).isTrue();
        assertThat(segment.on(2, "ip", "neigh"))
                .doesNotContain("REACHABLE")
                .doesNotContain("STALE");
        assertThat(lease().open(in(LONG))).isZero();
        forgetNeighbours();
        assertThat(answering()).isTrue();
    }

    @Test
    void anAddressFallsSilentByItselfAfterItsTimeout() throws Exception {
        install();
        final GuardLease lease = lease();
        try (Echo _ = Echo.on(segment, 1, V4)) {
            assertThat(lease.open(in(Duration.ofMillis(400)))).isZero();
            final long renewed = System.nanoTime();
            final long last = Echo.lastAnswer(segment, 2, V4, () -> {});
            final long lasted = (last - renewed) / 1_000_000;
            // A busy machine may ask the last time well before, and hear the answer later.
            assertThat(lasted).isBetween(100L, 900L);
        }
    }

    @Test
    void aLeaseThatHasRunOutIsNotRenewed() throws Exception {
        install();
        final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1);
        final GuardLease lease =
                guard.orElseThrow()
                        .lease(
                                addresses.stream().map(ServiceAddress::address).toList(),
                                clock::get);
        assertThat(lease.renew(clock.get() + LONG.toNanos())).isEqualTo(-Errno.ETIME);
        // By the kernel's clock: this one stands still.
        assertThat(lease.open(clock.get() + Duration.ofMillis(100).toNanos())).isZero();
        Await.until("run out", this::silent);
        assertThat(lease.renew(clock.get() + LONG.toNanos())).isEqualTo(-Errno.ETIME);
        assertThat(silent()).isTrue();
        // By this clock.
        assertThat(lease.open(clock.get() + LONG.toNanos())).isZero();
        assertThat(answering()).isTrue();
        clock.addAndGet(LONG.toNanos());
        assertThat(lease.renew(clock.get() + LONG.toNanos())).isEqualTo(-Errno.ETIME);
        assertThat(silent()).isTrue();
        assertThat(lease.open(clock.get() - 1)).as("in the past").isEqualTo(-Errno.ETIME);
        assertThat(silent()).isTrue();
    }

    /// A clock that a freeze in the middle of a call has put forward.
    @Test
    void aProcessThatIsFrozenInTheMiddleOfOpeningDoesNotOpenForTooLong() throws Exception {
        install();
        final AtomicLong looks = new AtomicLong();
        final GuardLease lease =
                guard.orElseThrow()
                        .lease(
                                addresses.stream().map(ServiceAddress::address).toList(),
                                () -> looks.getAndIncrement() * LONG.toNanos());
        assertThat(lease.open(LONG.toNanos())).isEqualTo(-Errno.ETIME);
        assertThat(silent()).isTrue();
    }

    @Test
    void rulesThatAnotherProgramHasRemovedComeBackWithTheNextRenewal() throws Exception {
        // A table without an owner, as on older kernels.
        install();
        final GuardLease lease = lease();
        assertThat(lease.open(in(LONG))).isZero();
        assertThat(guard.orElseThrow().restored()).isZero();
        guard.orElseThrow().forget();
        assertThat(segment.on(1, "nft", "list", "tables")).isBlank();
        assertThat(lease.renew(in(LONG))).isZero();
        assertThat(guard.orElseThrow().restored()).isEqualTo(1);
        assertThat(answering()).isTrue();
        assertThat(lease.end()).isZero();
        assertThat(silent()).isTrue();
        guard.orElseThrow().forget();
        assertThat(lease.end()).isZero();
        assertThat(silent()).isTrue();
        guard.orElseThrow().forget();
        assertThat(lease.open(in(LONG))).isZero();
        assertThat(answering()).isTrue();
        guard.orElseThrow().forget();
        guard.orElseThrow().guardOnly(addresses);
        assertThat(silent()).isTrue();
    }

    @Test
    void whatIsForwardedByAddressTranslationIsGuardedToo() throws Exception {
        segment.on(1, "sysctl", "-qw", "net.ipv4.ip_forward=1");
        segment.on(1, "nft", "add", "table", "ip", "nat");
        segment.on(1, "nft", "add chain ip nat pre { type nat hook prerouting priority -100; }");
        segment.on(1, "nft", "add chain ip nat post { type nat hook postrouting priority 100; }");
        segment.on(1, "nft", "add rule ip nat pre ip daddr " + V4 + " dnat to " + Segment.ipv4(3));
        segment.on(1, "nft", "add rule ip nat post ip daddr " + Segment.ipv4(3) + " masquerade");
        install();
        final GuardLease lease = lease();
        try (Echo _ = Echo.on(segment, 3, Segment.ipv4(3))) {
            assertThat(lease.open(in(LONG))).isZero();
            assertThat(Echo.answers(segment, 2, V4, true)).isTrue();
            assertThat(lease.end()).isZero();
            assertThat(Echo.answers(segment, 2, V4, false)).isFalse();
            // A node that has not even the address, but is still believed to.
            segment.on(1, "ip", "addr", "del", V4 + "/32", "dev", "eth0");
            assertThat(Echo.answers(segment, 2, V4, false)).isFalse();
            assertThat(lease.open(in(LONG))).isZero();
            assertThat(Echo.answers(segment, 2, V4, true)).isTrue();
        }
    }

    @Test
    void aSecondTakesTheTablesOverWithNothingAliveAndTheOldGuardsGone() throws Exception {
        install();
        assertThat(lease().open(in(LONG))).isZero();
        // The first one dies without a word: its socket closes, its rules stay.
        guard.orElseThrow().abandon();
        assertThat(answering()).isTrue();
        assertThat(install().protection()).isEqualTo(new Protection.GuardAndLifetime(true));
        assertThat(silent()).isTrue();
        guard.orElseThrow().guardOnly(List.of());
        assertThat(answering()).as("guarded no more").isTrue();
        guard.orElseThrow().close();
        guard = Optional.empty();
        assertThat(segment.on(1, "nft", "list", "tables")).isBlank();
    }

    @Test
    void aSecondWhileTheFirstLivesIsRefusedAndSaysWhy() throws Exception {
        install();
        final AddressGuard second = segment.in(1, () -> AddressGuard.install(addresses));
        assertThat(second.protection())
                .isInstanceOfSatisfying(
                        Protection.LifetimeOnly.class,
                        only -> assertThat(only.reason()).contains("no other hastd"));
        assertThat(second.lease(List.of(addresses.getFirst().address())).open(in(LONG))).isZero();
        second.close();
        assertThat(silent()).as("the first one's rules are in force").isTrue();
    }

    @Test
    void rulesSurviveAFlushByAnotherProgramAndTablesThatAreThereAreReplaced() throws Exception {
        install();
        segment.on(1, "nft", "flush", "ruleset");
        assertThat(silent()).isTrue();
        guard.orElseThrow().abandon();
        // A table that has no owner, as on older kernels.
        segment.on(1, "nft", "flush", "ruleset");
        segment.on(1, "nft", "add", "table", "inet", "hast");
        install();
        assertThat(silent()).isTrue();
    }

    @Test
    void changingWhatIsGuardedLeavesTheLivingAlive() throws Exception {
        install();
        assertThat(lease().open(in(LONG))).isZero();
        guard.orElseThrow().guardOnly(addresses.reversed());
        assertThat(answering()).isTrue();
        guard.orElseThrow().guardOnly(List.of(addresses.getFirst()));
        guard.orElseThrow().lease(List.of(addresses.getFirst().address())).end();
        assertThat(segment.misses(2, V4)).isTrue();
        assertThat(segment.reaches(2, V6)).isTrue();
    }

    @Test
    void renewingCostsLittleAndAllocatesNothing() throws Exception {
        install();
        final GuardLease lease = lease();
        final var threads =
                (com.sun.management.ThreadMXBean)
                        java.lang.management.ManagementFactory.getThreadMXBean();
        assertThat(lease.open(in(LONG))).isZero();
        for (int i = 0; i < 20_000; i++) {
            assertThat(lease.renew(in(LONG))).isZero();
        }
        final long before = threads.getCurrentThreadAllocatedBytes();
        final long begin = System.nanoTime();
        int failures = 0;
        for (int i = 0; i < 2_000; i++) {
            failures += lease.renew(in(LONG)) == 0 ? 0 : 1;
        }
        final long nanos = (System.nanoTime() - begin) / 2_000;
        final long bytes = (threads.getCurrentThreadAllocatedBytes() - before) / 2_000;
        assertThat(failures).isZero();
        assertThat(bytes).isLessThan(32);
        assertThat(Duration.ofNanos(nanos)).isLessThan(Duration.ofMillis(20));
        Await.until("still answering", this::answering);
    }
}
