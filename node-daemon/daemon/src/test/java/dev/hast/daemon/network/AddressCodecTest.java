package dev.hast.daemon.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.netlink.NetlinkAttributes;
import dev.hast.daemon.netlink.NetlinkMessage;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Golden bytes of a little-endian machine: what the kernel has accepted.
final class AddressCodecTest {

    @BeforeEach
    void bytesBelowAreLittleEndian() {
        Assumptions.assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
    }

    private static ServiceAddress service(final String name, final String address)
            throws UnknownHostException {
        return new ServiceAddress(5, name, InetAddress.getByName(address));
    }

    private static String hex(final byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void anIpv4AddressIsAddedAsAHostWithATagALabelAndALifetime() throws Exception {
        assertThat(hex(AddressCodec.add(service("eth0", "10.0.0.1"), Duration.ofSeconds(10))))
                .isEqualTo(
                        ("02" + "20" + "02" + "fe" + "05000000")
                                + ("0800" + "0200" + "0a000001")
                                + ("0800" + "0100" + "0a000001")
                                + ("1400" + "0600" + "00000000" + "0a000000" + "00".repeat(8))
                                + ("0800" + "0800" + "02020000")
                                + ("0500" + "0b00" + "48000000")
                                + ("0e00" + "0300" + "657468303a68617374000000"));
    }

    @Test
    void anIpv6AddressIsGlobalAndHasNoLabel() throws Exception {
        final String address = "fd000000000000000000000000000001";
        assertThat(hex(AddressCodec.add(service("eth0", "fd00::1"), Duration.ofSeconds(10))))
                .isEqualTo(
                        ("0a" + "80" + "02" + "00" + "05000000")
                                + ("1400" + "0200" + address)
                                + ("1400" + "0100" + address)
                                + ("1400" + "0600" + "00000000" + "0a000000" + "00".repeat(8))
                                + ("0800" + "0800" + "02020000")
                                + ("0500" + "0b00" + "48000000"));
    }

    @Test
    void aLabelThatWouldNotFitIsLeftOut() throws Exception {
        assertThat(AddressCodec.label("eth0.12345")).isEqualTo("eth0.12345:hast");
        assertThat(AddressCodec.label("enp129s0f1np1")).isEmpty();
        assertThat(
                        hex(
                                AddressCodec.add(
                                        service("enp129s0f1np1", "10.0.0.1"),
                                        Duration.ofSeconds(9))))
                .endsWith("0b00" + "48000000");
    }

    @Test
    void oursAreKnownByTheTagAndWithoutOneByTheLabel() throws Exception {
        assertThat(AddressCodec.isOurs(address(AddressCodec.TAG, "eth0"))).isTrue();
        assertThat(AddressCodec.isOurs(address(0, "eth0:hast"))).isTrue();
        assertThat(AddressCodec.isOurs(address(0, "eth0"))).isFalse();
        assertThat(AddressCodec.isOurs(address(18, "eth0:hast")))
                .as("another program's, by its tag")
                .isFalse();
    }

    private static InterfaceAddress address(final int protocol, final String label)
            throws UnknownHostException {
        return new InterfaceAddress(
                5, InetAddress.getByName("10.0.0.1"), 32, 0, 254, protocol, label, 10);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void newsThatAreNotWholeAreTakenApartWithoutHarm(final long seed) throws Exception {
        final Random random = new Random(seed);
        final byte[] good = AddressCodec.add(service("eth0", "10.0.0.1"), Duration.ofSeconds(10));
        for (int i = 0; i < 20_000; i++) {
            final byte[] body = Arrays.copyOf(good, random.nextInt(good.length + 1));
            for (int flips = random.nextInt(6); flips > 0 && body.length > 0; flips--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt();
            }
            final NetlinkMessage message =
                    new NetlinkMessage(
                            AddressCodec.RTM_NEWADDR,
                            0,
                            ByteBuffer.wrap(body).order(ByteOrder.nativeOrder()));
            assertThat(AddressCodec.address(message)).isNotNull();
            assertThat(AddressCodec.link(message)).isNotNull();
        }
    }

    @Test
    void attributesGrowAsTheyAreNeeded() {
        final NetlinkAttributes attributes = new NetlinkAttributes();
        for (int i = 0; i < 1_000; i++) {
            attributes.u32(i, i);
        }
        final int[] seen = {0};
        NetlinkAttributes.visit(
                ByteBuffer.wrap(attributes.toBytes()),
                (type, value) -> assertThat(value.getInt(0)).isEqualTo(seen[0]++));
        assertThat(seen[0]).isEqualTo(1_000);
    }
}
