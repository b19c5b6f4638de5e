package dev.hast.daemon.attachment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hast.daemon.netlink.NetlinkAttributes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Golden bytes of a little-endian machine: what the kernel has accepted.
final class NbdNetlinkTest {
    private static final HexFormat HEX = HexFormat.of();

    @BeforeEach
    void bytesBelowAreLittleEndian() {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
    }

    private static String hex(final byte[] bytes) {
        return HEX.formatHex(bytes);
    }

    @Test
    void connectCarriesSizeTimeoutsFlagsBackendAndSockets() {
        final NbdNetlink.Parameters parameters =
                new NbdNetlink.Parameters(
                        0x40000000L,
                        4096,
                        0x016d,
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(60),
                        "hast:demo:ab");
        assertThat(hex(NbdNetlink.connectAttributes(parameters, List.of(7, 8))))
                .isEqualTo(
                        "0c00"
                                + "0200"
                                + "0000004000000000" // size
                                + ("0c00" + "0300" + "0010000000000000") // block size
                                + ("0c00" + "0400" + "0400000000000000") // request time-out
                                + ("0c00" + "0800" + "3c00000000000000") // dead-connection time-out
                                + ("0c00" + "0500" + "6d01000000000000") // server flags
                                + ("1100" + "0a00" + "686173743a64656d6f3a616200" + "000000")
                                + ("1c00" + "0780") // sockets, nested
                                + ("0c00" + "0180" + "0800" + "0100" + "07000000")
                                + ("0c00" + "0180" + "0800" + "0100" + "08000000"));
    }

    @Test
    void reconfigureNamesTheBackendOrTheKernelRefusesIt() {
        assertThat(hex(NbdNetlink.reconfigureAttributes(3, "hast:a:1", List.of(9))))
                .isEqualTo(
                        "0800"
                                + "0100"
                                + "03000000"
                                + ("0d00" + "0a00" + "686173743a613a3100" + "000000")
                                + ("1000" + "0780")
                                + ("0c00" + "0180" + "0800" + "0100" + "09000000"));
    }

    @Test
    void resizeCarriesTheSizeAndNoSockets() {
        assertThat(hex(NbdNetlink.resizeAttributes(0, "hast:a:1", 1L << 32)))
                .isEqualTo(
                        "0800"
                                + "0100"
                                + "00000000"
                                + ("0c00" + "0200" + "0000000001000000")
                                + ("0d00" + "0a00" + "686173743a613a3100" + "000000"));
    }

    @Test
    void requestHasBothHeadersAndAsksForAnAcknowledgement() {
        assertThat(hex(GenericNetlink.encode(0x1c, 2, 5, NbdNetlink.disconnectAttributes(1))))
                .isEqualTo(
                        "1c000000"
                                + "1c00"
                                + "0500"
                                + "05000000"
                                + "00000000"
                                + ("02" + "01" + "0000")
                                + ("0800" + "0100" + "01000000"));
    }

    @Test
    void deadLinkNamesItsDevice() {
        final ByteBuffer attributes = ByteBuffer.wrap(HEX.parseHex("0800010002000000"));
        assertThat(NbdNetlink.index(new GenericNetlink.Message(4, attributes))).hasValue(2);
    }

    @Test
    void messageWithoutAnIndexNamesNoDevice() {
        final ByteBuffer attributes = ByteBuffer.wrap(HEX.parseHex("0c00020000000040000000ff"));
        assertThat(NbdNetlink.index(new GenericNetlink.Message(4, attributes))).isEmpty();
    }

    @Test
    void attributesThatAreNotWholeEndTheMessage() {
        final List<Integer> types = new ArrayList<>();
        // One whole attribute, then one that claims more than there is, then none.
        final ByteBuffer bytes = ByteBuffer.wrap(HEX.parseHex("08000100000000002c00020011223344"));
        NetlinkAttributes.visit(bytes, (type, value) -> types.add(type));
        assertThat(types).containsExactly(1);
        NetlinkAttributes.visit(
                ByteBuffer.wrap(HEX.parseHex("0000000000000000")), (type, value) -> types.add(99));
        assertThat(types).containsExactly(1);
    }

    @Test
    void nestedAndPaddedAttributesAreReadBackAsWritten() {
        final byte[] bytes =
                new NetlinkAttributes()
                        .string(10, "abcd")
                        .nested(7, inner -> inner.u32(1, 42))
                        .u64(2, -1L)
                        .toBytes();
        final List<String> seen = new ArrayList<>();
        NetlinkAttributes.visit(
                ByteBuffer.wrap(bytes),
                (type, value) -> {
                    if (type == 10) {
                        seen.add(NetlinkAttributes.text(value));
                    } else if (type == 7) {
                        NetlinkAttributes.visit(
                                value, (inner, number) -> seen.add(inner + "=" + number.getInt(0)));
                    } else {
                        seen.add(type + "=" + value.getLong(0));
                    }
                });
        assertThat(seen).containsExactly("abcd", "1=42", "2=-1");
    }
}
