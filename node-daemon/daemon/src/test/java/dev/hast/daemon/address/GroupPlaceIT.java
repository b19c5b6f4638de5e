package dev.hast.daemon.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.daemon.network.Interfaces;
import dev.hast.daemon.network.Segment;
import java.net.InetAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The interface of a group on a host with two of them.
final class GroupPlaceIT {
    private Segment segment;

    @BeforeEach
    void aHostWithTwoInterfaces() throws Exception {
        segment = Segment.create(1);
        onHost("ip", "link", "add", "eth1", "type", "bridge");
        onHost("ip", "link", "set", "eth1", "up");
        onHost("ip", "addr", "add", "10.84.0.1/24", "dev", "eth1");
    }

    @AfterEach
    void away() {
        segment.close();
    }

    private void onHost(final String... command) throws Exception {
        segment.on(1, command);
    }

    private GroupPlace find(final GroupDocuments documents) throws Exception {
        return segment.in(
                1,
                () -> {
                    try (Interfaces interfaces = Interfaces.open()) {
                        return GroupPlace.find(documents.made(), "a", interfaces);
                    }
                });
    }

    @Test
    void theInterfaceWhoseSubnetsHoldAllAddressesIsTakenAndItsOwnAreTheSource() throws Exception {
        final GroupPlace place = find(GroupDocuments.group().addresses("10.83.0.100", "fd83::100"));
        assertThat(place.on().name()).isEqualTo("eth0");
        assertThat(place.own())
                .contains(
                        InetAddress.ofLiteral(Segment.ipv4(1)),
                        InetAddress.ofLiteral(Segment.ipv6(1)));
        assertThat(find(GroupDocuments.group().addresses("10.84.0.100")).on().name())
                .isEqualTo("eth1");
    }

    @Test
    void aLeftOverOfTheServiceAddressIsNoAddressOfTheNode() throws Exception {
        onHost("ip", "addr", "add", "10.83.0.100/32", "dev", "eth1");
        final GroupPlace place = find(GroupDocuments.group().addresses("10.83.0.100"));
        assertThat(place.on().name()).isEqualTo("eth0");
        assertThat(place.own()).doesNotContain(InetAddress.ofLiteral("10.83.0.100"));
    }

    @Test
    void anAddressInNoSubnetIsNamedWithTheMend() {
        assertThatThrownBy(() -> find(GroupDocuments.group().addresses("192.0.2.10")))
                .isInstanceOf(AddressException.class)
                .hasMessageContaining("192.0.2.10 is in no subnet")
                .hasMessageContaining("eth0")
                .hasMessageContaining("name it under spec.interface");
        assertThatThrownBy(
                        () -> find(GroupDocuments.group().addresses("10.83.0.100", "10.84.0.100")))
                .hasMessageContaining("no subnet of an interface that has them all");
    }

    @Test
    void aNamedInterfaceIsTakenWhateverItsSubnetsAndOneThatIsNotThereIsNamed() throws Exception {
        assertThat(find(GroupDocuments.group().addresses("192.0.2.10").device("eth1")).on().name())
                .isEqualTo("eth1");
        assertThatThrownBy(() -> find(GroupDocuments.group().device("eth7")))
                .isInstanceOf(AddressException.class)
                .hasMessageContaining("there is no eth7 here; known are:")
                .hasMessageContaining("eth1");
    }
}
