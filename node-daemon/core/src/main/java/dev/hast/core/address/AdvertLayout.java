package dev.hast.core.address;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Where things are in an advert, and what they are hashed with.
final class AdvertLayout {

    static final int VERSION_AND_TYPE = 0x21;
    static final int AUTHENTICATION_WORDS = 7;
    static final int VHID = 1;
    static final int SKEW = 2;
    static final int WORDS = 3;
    static final int DEMOTE = 4;
    static final int BASE = 5;
    static final int CHECKSUM = 6;
    static final int COUNTER = 8;
    static final int DIGEST = 16;
    static final int DIGEST_BYTES = 20;

    /// A plain advert ends here, and a trailer begins.
    static final int PLAIN_BYTES = 36;

    static final int MAGIC = 0x48434131;
    static final int KEY_ID = 40;
    static final int INTENT = 41;
    static final int FLAGS = 42;
    static final int ZERO = 43;
    static final int INTERVAL = 44;
    static final int SENDER = 48;
    static final int SEQUENCE = 56;
    static final int EPOCH = 64;
    static final int LIST_DIGEST = 72;
    static final int BALANCE = 80;
    static final int SIGNATURE = 84;
    static final int SIGNATURE_BYTES = 32;
    static final int BYTES = SIGNATURE + SIGNATURE_BYTES;

    static final int FLAG_PROMOTED = 1;

    /// The trailer's signature covers this and the bytes before [#BALANCE].
    static final byte[] DOMAIN = "hast-carp".getBytes(StandardCharsets.US_ASCII);

    private AdvertLayout() {}

    /// What the digest covers before the counter.
    static byte[] digestPrefix(int vhid, AddressList list, boolean withLinkLocal) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(2);
        bytes.write(1);
        bytes.write(vhid);
        list.addresses().stream()
                .filter(address -> withLinkLocal || !address.linkLocal())
                .forEach(address -> bytes.writeBytes(address.bytes()));
        return bytes.toByteArray();
    }

    /// The Internet checksum; 0 over bytes that hold their own.
    static int checksum(byte[] bytes, int offset, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            final int value = bytes[offset + i] & 0xff;
            sum += (i & 1) == 0 ? value << 8 : value;
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return ~sum & 0xffff;
    }
}
