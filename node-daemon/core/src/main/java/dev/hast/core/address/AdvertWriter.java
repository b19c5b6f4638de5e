package dev.hast.core.address;

import java.nio.ByteBuffer;

/// Makes the packets of one group; on one thread. What it returns is the payload of IP protocol
/// 112, the same for IPv4 and IPv6.
public final class AdvertWriter {

    private final AddressList addresses;
    private final byte[] prefix;
    private final Digest digest;
    private final Digest signature;
    private final int keyId;

    /// @param keys sign trailers; [Keyring#of] the password unless the group has its own
    public AdvertWriter(int vhid, AddressList addresses, Password password, Keyring keys) {
        this.addresses = addresses;
        prefix = AdvertLayout.digestPrefix(vhid, addresses, true);
        digest = Digest.hmacSha1(password.bytes());
        keyId = keys.sending();
        signature = Digest.hmacSha256(keys.signing().bytes());
    }

    /// 36 bytes, or 116 with a trailer.
    public byte[] write(Advert advert) {
        final Trailer trailer = advert.trailer();
        final ByteBuffer packet =
                ByteBuffer.allocate(
                        trailer == null ? AdvertLayout.PLAIN_BYTES : AdvertLayout.BYTES);
        packet.put((byte) AdvertLayout.VERSION_AND_TYPE)
                .put((byte) advert.vhid())
                .put((byte) advert.advskew())
                .put((byte) AdvertLayout.AUTHENTICATION_WORDS)
                .put((byte) advert.demote())
                .put((byte) advert.advbase())
                .putShort((short) 0)
                .putLong(advert.counter());
        digest.update(prefix).update(packet.array(), AdvertLayout.COUNTER, Long.BYTES);
        packet.put(digest.value());
        final byte[] bytes = packet.array();
        packet.putShort(
                AdvertLayout.CHECKSUM,
                (short) AdvertLayout.checksum(bytes, 0, AdvertLayout.PLAIN_BYTES));
        if (trailer != null) {
            put(trailer, packet);
        }
        return bytes;
    }

    private void put(Trailer trailer, ByteBuffer packet) {
        packet.putInt(AdvertLayout.MAGIC)
                .put((byte) keyId)
                .put((byte) trailer.intent().code())
                .put((byte) (trailer.promoted() ? AdvertLayout.FLAG_PROMOTED : 0))
                .put((byte) 0)
                .putInt((int) trailer.intervalMicros())
                .putLong(trailer.sender())
                .putLong(trailer.sequence())
                .putLong(trailer.epoch())
                .putLong(addresses.digest())
                .putInt(0);
        final byte[] bytes = packet.array();
        packet.put(
                signature
                        .update(AdvertLayout.DOMAIN)
                        .update(bytes, 0, AdvertLayout.BALANCE)
                        .value());
        packet.putShort(
                AdvertLayout.BALANCE,
                (short)
                        AdvertLayout.checksum(
                                bytes,
                                AdvertLayout.PLAIN_BYTES,
                                AdvertLayout.BYTES - AdvertLayout.PLAIN_BYTES));
    }
}
