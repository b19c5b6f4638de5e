package dev.hast.core.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Adverts on the wire: those of other implementations byte by byte, and why one is refused.
class AdvertTest {

    private static final IpAddress PEER = address("10.1.1.2");
    private static final IpAddress SELF = address("10.1.1.1");
    private static final Password LOVE = new Password("love");
    private static final long A = 11;
    private static final long B = 22;

    static IpAddress address(String text) {
        try {
            return IpAddress.of(InetAddress.getByName(text).getAddress());
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private static AddressList list(String text) {
        return new AddressList(Stream.of(text.split(" ")).map(AdvertTest::address).toList());
    }

    private static ReaderSettings settings(Password password, Keyring keys, boolean strict) {
        return new ReaderSettings(
                42, list("10.1.1.252"), password, keys, strict, false, B, List.of(SELF));
    }

    private static AdvertReader reader(boolean strict) {
        return new AdvertReader(settings(LOVE, Keyring.of(LOVE), strict));
    }

    private static byte[] plain() {
        return new AdvertWriter(42, list("10.1.1.252"), LOVE, Keyring.of(LOVE))
                .write(new Advert(42, 1, 0, 0, 7, null));
    }

    private static byte[] signed(long sequence) {
        return signed(Keyring.of(LOVE), A, sequence);
    }

    private static byte[] signed(Keyring keys, long sender, long sequence) {
        return new AdvertWriter(42, list("10.1.1.252"), LOVE, keys).write(advert(sender, sequence));
    }

    private static Advert advert(long sender, long sequence) {
        return new Advert(
                42,
                1,
                100,
                0,
                sequence,
                new Trailer(Intent.CLAIM, true, 20_000, sender, sequence, 0x8000_0000_0000_0001L));
    }

    private static AdvertRefusal refusal(AdvertReader reader, byte[] packet) {
        return refusal(reader, packet, 255, 0);
    }

    private static AdvertRefusal refusal(AdvertReader reader, byte[] packet, int ttl, long now) {
        return switch (reader.read(packet, ttl, PEER, now)) {
            case Reading.Accepted _ -> null;
            case Reading.Refused refused -> refused.cause();
        };
    }

    @ParameterizedTest
    @CsvSource({
        "love,42,10.1.1.252,0102030405060708,1,0,"
                + "212a00070001490501020304050607082fa27458019cf0f5b3213320729727a7c3a7aaff",
        "mekmitasdigoat,1,192.0.2.1,1122334455667788,1,100,"
                + "210164070001b23a11223344556677884bfd95fbb91435332cec8ba25c0f7b5ad11d860f",
        "foobar,7,192.168.1.1 10.0.0.5 2001:db8::1 fd00::2,0000000000000001,2,200,"
                + "2107c8070002d512000000000000000182df5d3b156358048854127d13e6154aed6842ee"
    })
    void packetIsThatOfOtherImplementations(
            String password,
            int vhid,
            String addresses,
            String counter,
            int advbase,
            int advskew,
            String packet) {
        final Password pass = new Password(password);
        final Keyring keys = Keyring.of(pass);
        final byte[] bytes = HexFormat.of().parseHex(packet);
        final Advert advert =
                new Advert(vhid, advbase, advskew, 0, HexFormat.fromHexDigitsToLong(counter), null);

        assertThat(new AdvertWriter(vhid, list(addresses), pass, keys).write(advert))
                .isEqualTo(bytes);
        final AdvertReader reader =
                new AdvertReader(
                        new ReaderSettings(
                                vhid, list(addresses), pass, keys, false, false, B, List.of()));
        assertThat(reader.read(bytes, 255, PEER, 0)).isEqualTo(new Reading.Accepted(advert));
    }

    @Test
    void headerAndChecksumOfTheAdvertThatUcarpSentAreRight() {
        // Of the captured packet the header and the counter are known; the checksum covers the
        // digest, which the formula gives.
        final byte[] made =
                new AdvertWriter(42, list("10.1.1.252"), LOVE, Keyring.of(LOVE))
                        .write(new Advert(42, 1, 0, 0, 0x4a1f5a9d95d1a027L, null));
        assertThat(HexFormat.of().formatHex(made)).startsWith("212a00070001f42b4a1f5a9d95d1a027");
    }

    @Test
    void trailerSurvivesTheWire() {
        assertThat(reader(true).read(signed(5), 255, PEER, 0))
                .isEqualTo(new Reading.Accepted(advert(A, 5)));
    }

    @Test
    void plainPeerSeesAPlainAdvertInFrontOfTheTrailer() {
        final byte[] packet = signed(5);
        final byte[] front = Arrays.copyOf(packet, 36);
        assertThat(AdvertLayout.checksum(packet, 0, 36)).isZero();
        assertThat(AdvertLayout.checksum(packet, 0, packet.length)).isZero();
        assertThat(refusal(reader(false), front)).isNull();
    }

    @Test
    void plainAdvertIsRefusedUnderStrict() {
        assertThat(refusal(reader(true), plain())).isEqualTo(AdvertRefusal.UNSIGNED);
        assertThat(refusal(reader(false), plain())).isNull();
    }

    @Test
    void bytesAfterAPlainAdvertAreNotLookedAt() {
        assertThat(refusal(reader(false), Arrays.copyOf(plain(), 60))).isNull();
    }

    @Test
    void eachDefectHasItsCause() {
        final AdvertReader reader = reader(false);
        assertThat(refusal(reader, new byte[0])).isEqualTo(AdvertRefusal.LENGTH);
        assertThat(refusal(reader, Arrays.copyOf(plain(), 35))).isEqualTo(AdvertRefusal.LENGTH);
        assertThat(refusal(reader, Arrays.copyOf(signed(1), 115))).isEqualTo(AdvertRefusal.LENGTH);
        assertThat(refusal(reader, with(plain(), 8, 9))).isEqualTo(AdvertRefusal.CHECKSUM);
        assertThat(refusal(reader, with(plain(), 1, 43))).isEqualTo(AdvertRefusal.CHECKSUM);
        assertThat(refusal(reader, summed(with(plain(), 1, 43)))).isEqualTo(AdvertRefusal.VHID);
        assertThat(refusal(reader, summed(with(plain(), 0, 0x22))))
                .isEqualTo(AdvertRefusal.VERSION);
        assertThat(refusal(reader, with(plain(), 0, 0x31))).isEqualTo(AdvertRefusal.VRRP);
        assertThat(refusal(reader, plain(), 254, 0)).isEqualTo(AdvertRefusal.TTL);
        assertThat(refusal(reader, plain(), -1, 0)).isEqualTo(AdvertRefusal.TTL);
        assertThat(refusal(reader, summed(with(plain(), 20, 1)))).isEqualTo(AdvertRefusal.DIGEST);
        assertThat(reader.read(plain(), 255, SELF, 0))
                .isEqualTo(new Reading.Refused(AdvertRefusal.OWN));
        assertThat(refusal(reader, signed(Keyring.of(LOVE), B, 1))).isEqualTo(AdvertRefusal.OWN);
    }

    @Test
    void vrrpVersion2WithThisIdIsToldFromCarp() {
        final byte[] vrrp =
                HexFormat.of().parseHex("212a640100010000c0a80101" + "0000000000000000");
        assertThat(refusal(reader(false), vrrp)).isEqualTo(AdvertRefusal.VRRP);
    }

    @Test
    void noFieldOfASignedAdvertCanBeChanged() {
        final byte[] packet = signed(5);
        for (int at = 0; at < packet.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                final byte[] changed = packet.clone();
                changed[at] ^= (byte) (1 << bit);
                // The checksum is put right again; the balance serves others.
                final boolean free = at == 6 || at == 7 || at >= 80 && at <= 83;
                final AdvertRefusal refusal = refusal(reader(true), summed(changed));
                if (free) {
                    assertThat(refusal).as("byte %d", at).isNull();
                } else {
                    assertThat(refusal).as("byte %d bit %d", at, bit).isNotNull();
                }
            }
        }
    }

    @Test
    void skewOfAPlainAdvertCanBeForgedAsEverInCarp() {
        assertThat(refusal(reader(false), summed(with(plain(), 2, 77)))).isNull();
    }

    @Test
    void otherAddressesAreToldFromAnotherPassword() {
        final byte[] other =
                new AdvertWriter(42, list("10.1.1.252 10.1.1.253"), LOVE, Keyring.of(LOVE))
                        .write(advert(A, 1));
        assertThat(refusal(reader(false), other)).isEqualTo(AdvertRefusal.ADDRESS_LIST);
        final Password hate = new Password("hate");
        final byte[] stranger =
                new AdvertWriter(42, list("10.1.1.252"), hate, Keyring.of(hate))
                        .write(advert(A, 1));
        assertThat(refusal(reader(false), stranger)).isEqualTo(AdvertRefusal.SIGNATURE);
        final byte[] plainStranger =
                new AdvertWriter(42, list("10.1.1.252"), hate, Keyring.of(hate))
                        .write(new Advert(42, 1, 0, 0, 7, null));
        assertThat(refusal(reader(false), plainStranger)).isEqualTo(AdvertRefusal.DIGEST);
    }

    @Test
    void oldAdvertsAreRefusedAndCopiesAreNotCalledReplays() {
        final AdvertReader reader = reader(true);
        assertThat(refusal(reader, signed(5), 255, 0)).isNull();
        assertThat(refusal(reader, signed(5), 255, 1_000_000)).isEqualTo(AdvertRefusal.DUPLICATE);
        assertThat(refusal(reader, signed(5), 255, 600_000_000)).isEqualTo(AdvertRefusal.REPLAY);
        assertThat(refusal(reader, signed(4), 255, 1_000_000)).isEqualTo(AdvertRefusal.REPLAY);
        assertThat(refusal(reader, signed(6), 255, 1_000_000)).isNull();
        assertThat(refusal(reader, signed(Keyring.of(LOVE), 33, 1), 255, 0)).isNull();
        final AdvertReader restarted = reader(true);
        restarted.restore(reader.seen(), 1_000_000);
        assertThat(refusal(restarted, signed(6), 255, 1_000_001)).isEqualTo(AdvertRefusal.REPLAY);
        assertThat(refusal(restarted, signed(7), 255, 1_000_001)).isNull();
    }

    @Test
    void refusedAdvertLeavesNoTraceInTheReplayFilter() {
        final AdvertReader reader = reader(true);
        assertThat(refusal(reader, with(signed(9), 90, 1))).isEqualTo(AdvertRefusal.SIGNATURE);
        assertThat(refusal(reader, signed(5))).isNull();
    }

    @Test
    void keyIsReplacedWithoutARefusalOnTheWay() {
        final Keyring.Key old = new Keyring.Key(1, new byte[16]);
        final byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) 9);
        final Keyring.Key next = new Keyring.Key(2, bytes);
        final Keyring start = new Keyring(1, List.of(old));
        final List<Keyring> steps =
                List.of(
                        start,
                        start.accepting(next),
                        start.accepting(next).sending(2),
                        start.accepting(next).sending(2).dropping(1));
        for (int mine = 0; mine < steps.size(); mine++) {
            for (int theirs = 0; theirs < steps.size(); theirs++) {
                final AdvertReader reader = new AdvertReader(settings(LOVE, steps.get(mine), true));
                final AdvertRefusal refusal = refusal(reader, signed(steps.get(theirs), A, 1));
                if (Math.abs(mine - theirs) <= 1) {
                    assertThat(refusal).as("%d hears %d", mine, theirs).isNull();
                }
            }
        }
        assertThat(
                        refusal(
                                new AdvertReader(settings(LOVE, start, true)),
                                signed(steps.get(3), A, 1)))
                .isEqualTo(AdvertRefusal.UNKNOWN_KEY);
        assertThatThrownBy(() -> start.sending(2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> start.dropping(1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void orderAndScopesOfAddressesDoNotMatter() {
        assertThat(list("fe80:7::1 fd00::2 10.0.0.5 192.168.1.1 10.0.0.5"))
                .isEqualTo(list("192.168.1.1 10.0.0.5 fe80::1 fd00::2"));
        assertThat(list("2001:db8::1 192.168.1.1 10.0.0.5").addresses())
                .containsExactly(
                        address("10.0.0.5"), address("192.168.1.1"), address("2001:db8::1"));
    }

    @Test
    void digestWithoutLinkLocalAddressesIsAccepted() {
        final AdvertReader reader =
                new AdvertReader(
                        new ReaderSettings(
                                42,
                                list("10.1.1.252 fe80::1"),
                                LOVE,
                                Keyring.of(LOVE),
                                false,
                                false,
                                B,
                                List.of()));
        assertThat(refusal(reader, plain())).isNull();
    }

    @Test
    void passwordsHaveOneToNineteenBytes() {
        assertThatThrownBy(() -> new Password("")).hasMessageContaining("1 to 19 bytes");
        assertThatThrownBy(() -> new Password("x".repeat(20))).hasMessageContaining("has 20");
        assertThat(new Password("secret")).hasToString("Password");
    }

    @Test
    void addressesAreWrittenAndComparedAsTheyAreOnTheWire() {
        assertThat(address("10.1.1.252")).hasToString("10.1.1.252");
        assertThat(address("2001:db8::1")).hasToString("2001:db8:0:0:0:0:0:1");
        assertThat(address("10.0.0.2").compareFromLastByte(address("10.1.0.1"))).isPositive();
        assertThat(address("10.0.0.2")).isLessThan(address("10.1.0.1"));
        assertThat(address("10.9.9.9").compareFromLastByte(address("fe80::1"))).isNegative();
        assertThat(address("fe80::2").compareFromLastByte(address("fe80::1"))).isPositive();
        assertThat(address("192.0.2.1").bytes()).containsExactly(192, 0, 2, 1);
    }

    @Test
    void garbageIsRefusedAndNeverThrows() {
        final Random random = new Random(4);
        final AdvertReader reader = reader(true);
        final AdvertReader lenient = reader(false);
        for (int i = 0; i < 200_000; i++) {
            final byte[] packet = garbage(random);
            switch (reader.read(packet, random.nextInt(-1, 256), PEER, i)) {
                case Reading.Accepted accepted ->
                        // Changed and changed back.
                        assertThat(accepted.advert())
                                .isIn(advert(A, 0), advert(A, 1), advert(A, 2));
                case Reading.Refused refused -> assertThat(refused.cause().meaning()).isNotEmpty();
            }
            assertThat(lenient.read(packet, 255, PEER, i)).isNotNull();
        }
    }

    private static byte[] garbage(Random random) {
        if (random.nextInt(4) == 0) {
            final byte[] bytes = new byte[random.nextInt(140)];
            random.nextBytes(bytes);
            return bytes;
        }
        final byte[] packet = random.nextBoolean() ? plain(random) : signed(random.nextInt(3));
        final byte[] cut =
                random.nextInt(3) == 0
                        ? Arrays.copyOf(packet, random.nextInt(packet.length + 20))
                        : packet;
        for (int changes = random.nextInt(1, 4); changes > 0 && cut.length > 0; changes--) {
            final int at = random.nextInt(Math.min(cut.length, 80));
            cut[at] ^= (byte) (1 << random.nextInt(8));
        }
        return random.nextBoolean() && cut.length >= 36 ? summed(cut) : cut;
    }

    private static byte[] plain(Random random) {
        return with(plain(), 4, random.nextInt(256));
    }

    private static byte[] with(byte[] packet, int at, int value) {
        final byte[] changed = packet.clone();
        changed[at] = (byte) value;
        return changed;
    }

    /// With the checksum put right, as a forger would.
    private static byte[] summed(byte[] packet) {
        packet[6] = 0;
        packet[7] = 0;
        final int sum = AdvertLayout.checksum(packet, 0, 36);
        packet[6] = (byte) (sum >> 8);
        packet[7] = (byte) sum;
        return packet;
    }
}
