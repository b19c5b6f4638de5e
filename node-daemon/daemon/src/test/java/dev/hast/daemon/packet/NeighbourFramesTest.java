package dev.hast.daemon.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.network.MacAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Golden bytes of what announces and asks, and garbage.
final class NeighbourFramesTest {
    private static final MacAddress MAC = new MacAddress(0x0202_0304_0506L);

    private static InetAddress address(final String text) {
        try {
            return InetAddress.getByName(text);
        } catch (final UnknownHostException bug) {
            throw new AssertionError(bug);
        }
    }

    private static String hex(final byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void aGratuitousRequestNamesTheAddressTwice() {
        assertThat(hex(ArpFrame.gratuitousRequest(MAC, address("10.0.0.1"))))
                .isEqualTo(
                        "ffffffffffff"
                                + "020203040506"
                                + ("0806" + "0001" + "0800" + "06" + "04" + "0001")
                                + ("020203040506" + "0a000001")
                                + ("000000000000" + "0a000001")
                                + "00".repeat(18));
    }

    @Test
    void aGratuitousReplyHasTheSenderAsItsTarget() {
        assertThat(hex(ArpFrame.gratuitousReply(MAC, address("10.0.0.1"))))
                .contains("0002" + "020203040506" + "0a000001" + "020203040506" + "0a000001");
    }

    @Test
    void anArpProbeClaimsNothing() {
        final byte[] probe = ArpFrame.probe(MAC, address("10.0.0.1"));
        assertThat(hex(probe)).contains("0001" + "020203040506" + "00000000" + "000000000000");
        assertThat(ArpFrame.claim(probe)).isEmpty();
    }

    @Test
    void anUnsolicitedAdvertisementOverridesAndSaysWhetherWeForward() {
        final InetAddress address = address("fd00::1");
        final String head =
                "333300000001" + "020203040506" + "86dd" + "60000000" + "0020" + "3a" + "ff";
        final String addresses =
                "fd000000000000000000000000000001" + "ff020000000000000000000000000001";
        assertThat(hex(NeighbourFrame.unsolicited(MAC, address, false)))
                .startsWith(head + addresses + "8800")
                .endsWith(
                        "20000000" + "fd000000000000000000000000000001" + "0201" + "020203040506");
        assertThat(hex(NeighbourFrame.unsolicited(MAC, address, true))).contains("a0000000fd00");
    }

    @Test
    void aNeighbourProbeComesFromNobodyToTheSolicitedNodeGroup() {
        final byte[] probe = NeighbourFrame.probe(MAC, address("fd00::12:3456"));
        assertThat(hex(probe))
                .startsWith("3333ff123456" + "020203040506" + "86dd")
                .contains("00".repeat(16) + "ff0200000000000000000001ff123456" + "8700");
        assertThat(NeighbourFrame.claim(probe)).isEmpty();
    }

    @Test
    void whatAnnouncesIsAClaimToOthers() {
        assertThat(ArpFrame.claim(ArpFrame.gratuitousRequest(MAC, address("10.0.0.1"))))
                .contains(new Claim(address("10.0.0.1"), MAC, Claim.Message.ARP_REQUEST));
        assertThat(ArpFrame.claim(ArpFrame.gratuitousReply(MAC, address("10.0.0.1"))))
                .contains(new Claim(address("10.0.0.1"), MAC, Claim.Message.ARP_REPLY));
        assertThat(NeighbourFrame.claim(NeighbourFrame.unsolicited(MAC, address("fd00::1"), true)))
                .contains(
                        new Claim(address("fd00::1"), MAC, Claim.Message.NEIGHBOUR_ADVERTISEMENT));
    }

    @Test
    void anAdvertisementWithABadChecksumOrThatWasRoutedClaimsNothing() {
        final byte[] frame = NeighbourFrame.unsolicited(MAC, address("fd00::1"), false);
        final byte[] routed = frame.clone();
        routed[21] = (byte) 254;
        assertThat(NeighbourFrame.claim(routed)).isEmpty();
        final byte[] damaged = frame.clone();
        damaged[70] ^= 1;
        assertThat(NeighbourFrame.claim(damaged)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void garbageOfAnyLengthIsTakenApartWithoutHarm(final long seed) {
        final Random random = new Random(seed);
        final byte[][] good = {
            ArpFrame.gratuitousReply(MAC, address("10.0.0.1")),
            NeighbourFrame.unsolicited(MAC, address("fd00::1"), false),
            NeighbourFrame.probe(MAC, address("fd00::1"))
        };
        for (int i = 0; i < 20_000; i++) {
            final byte[] from = good[random.nextInt(good.length)];
            final byte[] frame = Arrays.copyOf(from, random.nextInt(from.length + 30));
            for (int flips = random.nextInt(4); flips > 0 && frame.length > 0; flips--) {
                frame[random.nextInt(frame.length)] = (byte) random.nextInt();
            }
            assertThat(ArpFrame.claim(frame)).isNotNull();
            assertThat(NeighbourFrame.claim(frame)).isNotNull();
        }
    }
}
