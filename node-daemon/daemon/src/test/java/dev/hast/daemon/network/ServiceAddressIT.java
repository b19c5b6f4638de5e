package dev.hast.daemon.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.daemon.Await;
import dev.hast.daemon.posix.PosixException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Service addresses on a real interface, in a namespace of their own.
final class ServiceAddressIT {
    private static final String V4 = "10.83.0.100";
    private static final String V6 = "fd83::100";

    private Segment segment;
    private Interfaces interfaces;

    @BeforeEach
    void twoHosts() throws Exception {
        segment = Segment.create(2);
        interfaces = segment.in(1, Interfaces::open);
    }

    @AfterEach
    void away() {
        interfaces.close();
        segment.close();
    }

    private ServiceAddress service(final String address) throws Exception {
        return new ServiceAddress(
                interfaces.named("eth0").orElseThrow().index(),
                "eth0",
                InetAddress.getByName(address));
    }

    @Test
    void anInterfaceIsSeenWithItsHardwareAddressAndCarrier() throws Exception {
        final InterfaceState state = interfaces.named("eth0").orElseThrow();
        assertThat(segment.on(1, "cat", "/sys/class/net/eth0/address").strip())
                .isEqualTo(state.mac().toString());
        assertThat(state.usable()).isTrue();
        assertThat(state.forwardsIpv6()).isFalse();
        segment.on(1, "sysctl", "-qw", "net.ipv6.conf.eth0.forwarding=1");
        assertThat(interfaces.named("eth0").orElseThrow().forwardsIpv6()).isTrue();
        assertThat(interfaces.named("eth7")).isEmpty();
    }

    @Test
    void aServiceAddressIsReachableAndIsNeverASourceAndBringsNoRoute() throws Exception {
        final String routes = segment.on(1, "ip", "route") + segment.on(1, "ip", "-6", "route");
        interfaces.add(service(V4));
        interfaces.add(service(V6));
        assertThat(segment.reaches(2, V4)).isTrue();
        assertThat(segment.reaches(2, V6)).isTrue();
        assertThat(segment.on(1, "ip", "route") + segment.on(1, "ip", "-6", "route"))
                .isEqualTo(routes);
        // Also when it is the only address that is left.
        segment.on(1, "ip", "addr", "del", Segment.ipv4(1) + "/24", "dev", "eth0");
        segment.on(1, "ip", "addr", "del", Segment.ipv6(1) + "/64", "dev", "eth0");
        segment.on(1, "ip", "route", "add", "10.83.0.0/24", "dev", "eth0");
        segment.on(1, "ip", "route", "add", "fd83::/64", "dev", "eth0");
        assertThat(segment.on(1, "ip", "route", "get", Segment.ipv4(2))).doesNotContain(V4);
        assertThat(segment.on(1, "ip", "route", "get", "224.0.0.18", "oif", "eth0"))
                .doesNotContain(V4);
        segment.on(1, "ip", "addr", "add", Segment.ipv6(1) + "/64", "dev", "eth0", "nodad");
        assertThat(segment.on(1, "ip", "route", "get", Segment.ipv6(2)))
                .doesNotContain(V6)
                .contains("src " + Segment.ipv6(1));
    }

    @Test
    void aServiceAddressCarriesItsTagLabelAndLifetime() throws Exception {
        interfaces.add(service(V4));
        interfaces.add(service(V6));
        for (final String address : List.of(V4, V6)) {
            final InterfaceAddress added =
                    interfaces.addresses().stream()
                            .filter(one -> isAt(one, address))
                            .findFirst()
                            .orElseThrow();
            assertThat(added.prefix()).isEqualTo(8 * added.address().getAddress().length);
            assertThat(added.protocol()).isEqualTo(AddressCodec.TAG);
            assertThat(added.validSeconds()).isBetween(8L, 10L);
        }
        assertThat(segment.on(1, "ip", "addr", "show", "label", "eth0:hast")).contains(V4);
    }

    private static boolean isAt(final InterfaceAddress one, final String address) {
        try {
            return one.address().equals(InetAddress.getByName(address));
        } catch (final UnknownHostException bug) {
            throw new AssertionError(bug);
        }
    }

    @Test
    void aServiceAddressGoesByItselfWhenNobodyProlongsIt() throws Exception {
        interfaces.add(service(V4), Duration.ofSeconds(1));
        interfaces.add(service(V6), Duration.ofSeconds(1));
        Await.until(
                "both expired",
                () ->
                        interfaces.addresses().stream()
                                .noneMatch(one -> one.protocol() != 0 && AddressCodec.isOurs(one)));
    }

    @Test
    void aHeldAddressIsProlongedAndAReleasedOneIsGone() throws Exception {
        final HeldAddresses held = new HeldAddresses(interfaces, Duration.ofSeconds(30));
        final long begin = System.nanoTime();
        held.hold(service(V4), begin);
        Await.until("a second is over", () -> validSeconds(V4) < 30);
        held.tick(begin + Duration.ofSeconds(8).toNanos());
        assertThat(validSeconds(V4)).as("not due").isLessThan(30);
        held.tick(begin + Duration.ofSeconds(9).toNanos());
        assertThat(validSeconds(V4)).as("due").isGreaterThanOrEqualTo(29);
        assertThat(held.all()).containsExactly(service(V4));
        held.release(service(V4));
        assertThat(held.all()).isEmpty();
        assertThat(interfaces.leftOvers(List.of())).isEmpty();
        held.tick(begin + Duration.ofSeconds(60).toNanos());
        assertThat(interfaces.leftOvers(List.of())).isEmpty();
    }

    private long validSeconds(final String address) throws Exception {
        return interfaces.addresses().stream()
                .filter(one -> isAt(one, address))
                .findFirst()
                .orElseThrow()
                .validSeconds();
    }

    @Test
    void addingAndRemovingTwiceIsNoError() throws Exception {
        interfaces.add(service(V4));
        interfaces.add(service(V4));
        interfaces.remove(service(V4));
        interfaces.remove(service(V4));
        interfaces.add(service(V6));
        interfaces.add(service(V6));
        interfaces.remove(service(V6));
        interfaces.remove(service(V6));
        assertThat(interfaces.leftOvers(List.of())).isEmpty();
    }

    @Test
    void leftOversAreFoundByTheTagAndOthersAddressesAreNot() throws Exception {
        interfaces.add(service(V4));
        interfaces.add(service(V6));
        segment.on(1, "ip", "addr", "add", "10.83.0.77/32", "dev", "eth0");
        assertThat(interfaces.leftOvers(List.of()))
                .containsExactlyInAnyOrder(service(V4), service(V6));
    }

    @Test
    void anAddressOnAnInterfaceThatIsGoneIsRefusedByName() throws Exception {
        final ServiceAddress gone = new ServiceAddress(4711, "eth9", InetAddress.getByName(V4));
        assertThatThrownBy(() -> interfaces.add(gone))
                .isInstanceOf(PosixException.class)
                .hasMessageContaining(V4 + " on eth9")
                .hasMessageContaining("ENODEV");
    }
}
