package dev.hast.daemon.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.daemon.posix.PosixException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The virtual hardware address of a vhid, on hosts on a bridge.
final class VirtualInterfaceIT {
    private static final String VIRTUAL = "00:00:5e:00:01:2a";
    private static final int VHID = 42;

    private final List<AutoCloseable> open = new ArrayList<>();
    private Segment segment;

    @BeforeEach
    void threeHosts() throws Exception {
        segment = Segment.create(3);
    }

    @AfterEach
    void away() throws Exception {
        for (final AutoCloseable one : open) {
            one.close();
        }
        segment.close();
    }

    private Interfaces interfaces(final int host) throws Exception {
        final Interfaces interfaces = segment.in(host, Interfaces::open);
        open.add(interfaces);
        return interfaces;
    }

    private VirtualInterfaces virtual(final int host) throws Exception {
        final VirtualInterfaces virtual = segment.in(host, VirtualInterfaces::open);
        open.add(virtual);
        return virtual;
    }

    private InterfaceState hold(final int host, final String... addresses) throws Exception {
        final VirtualInterfaces virtual = virtual(host);
        final Interfaces interfaces = interfaces(host);
        final InterfaceState parent = interfaces.named("eth0").orElseThrow();
        virtual.makeParentSilent(parent);
        final InterfaceState made = virtual.create(parent, VHID);
        for (final String address : addresses) {
            interfaces.add(
                    new ServiceAddress(made.index(), made.name(), InetAddress.getByName(address)));
        }
        return made;
    }

    @Test
    void neighboursLearnTheVirtualHardwareAddressAndKeepItWhenTheAddressMoves() throws Exception {
        final InterfaceState first = hold(1, "10.83.0.100", "fd83::100");
        assertThat(first.mac().toString()).isEqualTo(VIRTUAL);
        assertThat(segment.reaches(3, "10.83.0.100")).isTrue();
        assertThat(segment.reaches(3, "fd83::100")).isTrue();
        assertThat(segment.on(3, "ip", "neigh", "show", "to", "10.83.0.100")).contains(VIRTUAL);
        assertThat(segment.on(3, "ip", "-6", "neigh", "show", "to", "fd83::100")).contains(VIRTUAL);
        virtual(1).remove(first);
        hold(2, "10.83.0.100", "fd83::100");
        // The bridge has to learn the port; the neighbours nothing.
        segment.on(2, "ip", "neigh", "flush", "all");
        assertThat(segment.reaches(2, Segment.ipv4(3))).isTrue();
        assertThat(segment.on(3, "ip", "neigh", "show", "to", "10.83.0.100")).contains(VIRTUAL);
    }

    @Test
    void aLeftOverIsFoundAndReplacedAndRemovedWithItsAddresses() throws Exception {
        final InterfaceState left = hold(1, "10.83.0.100");
        final VirtualInterfaces virtual = virtual(1);
        assertThat(virtual.leftOvers())
                .extracting(InterfaceState::name)
                .containsExactly(left.name());
        final InterfaceState anew = virtual.create(interfaces(1).named("eth0").orElseThrow(), VHID);
        assertThat(anew.index()).isNotEqualTo(left.index());
        assertThat(interfaces(1).leftOvers(List.of())).isEmpty();
        virtual.remove(anew);
        virtual.remove(anew);
        assertThat(virtual.leftOvers()).isEmpty();
    }

    @Test
    void aParentThatIsGoneIsNamed() throws Exception {
        final InterfaceState gone =
                new InterfaceState(4711, "eth9", new MacAddress(1), true, true, false);
        final VirtualInterfaces virtual = virtual(1);
        assertThatThrownBy(() -> virtual.create(gone, VHID))
                .isInstanceOf(PosixException.class)
                .hasMessageContaining("on eth9");
        assertThat(virtual.leftOvers()).isEmpty();
    }

    @Test
    void namesFitForAnyVhidAndIndex() {
        final InterfaceState parent =
                new InterfaceState(Integer.MAX_VALUE, "eth9", new MacAddress(1), true, true, false);
        assertThat(VirtualInterfaces.name(parent, 255)).hasSizeLessThanOrEqualTo(15);
    }
}
