package dev.hast.core.address;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Reads and judges the packets of one group; on one thread. Any bytes may be given to it: what is
/// not an advert is a [Reading.Refused], never an exception.
public final class AdvertReader {

    /// More than this is not looked at.
    private static final int LENGTH_MAX = 1_500;

    private final Digest digest;
    private final List<byte[]> prefixes = new ArrayList<>();
    private final Map<Integer, Digest> signatures = new TreeMap<>();
    private final ReplayFilter replays = new ReplayFilter();
    private final ReaderSettings settings;
    private final Faults faults;

    public AdvertReader(ReaderSettings settings) {
        this(settings, Faults.NONE);
    }

    public AdvertReader(ReaderSettings settings, Faults faults) {
        this.settings = settings;
        this.faults = faults;
        digest = Digest.hmacSha1(settings.password().bytes());
        prefixes.add(AdvertLayout.digestPrefix(settings.vhid(), settings.addresses(), true));
        if (settings.addresses().hasLinkLocal()) {
            prefixes.add(AdvertLayout.digestPrefix(settings.vhid(), settings.addresses(), false));
        }
        settings.keys()
                .accepted()
                .forEach(key -> signatures.put(key.id(), Digest.hmacSha256(key.bytes())));
    }

    /// @param packet the payload of IP protocol 112, from its position to its limit; left as it is
    /// @param ttl TTL or hop limit, -1 if the kernel did not say
    /// @param now monotonic nanoseconds
    public Reading read(ByteBuffer packet, int ttl, IpAddress source, long now) {
        final byte[] bytes = new byte[Math.min(packet.remaining(), LENGTH_MAX)];
        packet.get(packet.position(), bytes);
        return read(bytes, ttl, source, now);
    }

    /// The same of a whole array.
    public Reading read(byte[] packet, int ttl, IpAddress source, long now) {
        AdvertRefusal refusal = refusalOfHeader(packet, ttl, source);
        if (refusal != null) {
            return new Reading.Refused(refusal);
        }
        final boolean trailed = hasTrailer(packet);
        refusal =
                trailed
                        ? refusalOfTrailer(packet)
                        : settings.strict() ? AdvertRefusal.UNSIGNED : null;
        if (refusal == null && !digestHolds(packet)) {
            refusal = AdvertRefusal.DIGEST;
        }
        if (refusal != null) {
            return new Reading.Refused(refusal);
        }
        final ByteBuffer fields = ByteBuffer.wrap(packet);
        final @Nullable Trailer trailer = trailed ? trailer(fields) : null;
        if (trailer != null) {
            refusal = replays.judge(trailer, now);
            if (refusal != null && !faults.has(ElectionBug.REPLAY_ACCEPTED)) {
                return new Reading.Refused(refusal);
            }
        }
        return new Reading.Accepted(
                new Advert(
                        settings.vhid(),
                        packet[AdvertLayout.BASE] & 0xff,
                        packet[AdvertLayout.SKEW] & 0xff,
                        packet[AdvertLayout.DEMOTE] & 0xff,
                        fields.getLong(AdvertLayout.COUNTER),
                        trailer));
    }

    /// The highest sequence of each sender, to be kept over a restart.
    public Map<Long, Long> seen() {
        return replays.sequences();
    }

    /// What an earlier reader had seen; before the first packet.
    public void restore(Map<Long, Long> seen, long now) {
        replays.restore(seen, now);
    }

    private @Nullable AdvertRefusal refusalOfHeader(byte[] packet, int ttl, IpAddress source) {
        if (packet.length < Long.BYTES) {
            return AdvertRefusal.LENGTH;
        }
        final int version = packet[0] >> 4 & 0xf;
        final int words = packet[AdvertLayout.WORDS] & 0xff;
        if (version == 3
                || (packet[0] == AdvertLayout.VERSION_AND_TYPE
                        && words != AdvertLayout.AUTHENTICATION_WORDS)) {
            return AdvertRefusal.VRRP;
        }
        if (packet.length < AdvertLayout.PLAIN_BYTES
                || (hasTrailer(packet) && packet.length != AdvertLayout.BYTES)) {
            return AdvertRefusal.LENGTH;
        }
        if (AdvertLayout.checksum(packet, 0, AdvertLayout.PLAIN_BYTES) != 0) {
            return AdvertRefusal.CHECKSUM;
        }
        if ((packet[AdvertLayout.VHID] & 0xff) != settings.vhid()) {
            return AdvertRefusal.VHID;
        }
        if (packet[0] != AdvertLayout.VERSION_AND_TYPE) {
            return AdvertRefusal.VERSION;
        }
        if (ttl != 255 && !settings.anyTtl()) {
            return AdvertRefusal.TTL;
        }
        return settings.own().contains(source) ? AdvertRefusal.OWN : null;
    }

    private static boolean hasTrailer(byte[] packet) {
        return packet.length >= AdvertLayout.PLAIN_BYTES + Integer.BYTES
                && ByteBuffer.wrap(packet).getInt(AdvertLayout.PLAIN_BYTES) == AdvertLayout.MAGIC;
    }

    private @Nullable AdvertRefusal refusalOfTrailer(byte[] packet) {
        final ByteBuffer fields = ByteBuffer.wrap(packet);
        if (fields.getLong(AdvertLayout.SENDER) == settings.sender()) {
            return AdvertRefusal.OWN;
        }
        final Digest signature = signatures.get(packet[AdvertLayout.KEY_ID] & 0xff);
        if (signature == null) {
            return AdvertRefusal.UNKNOWN_KEY;
        }
        signature.update(AdvertLayout.DOMAIN).update(packet, 0, AdvertLayout.BALANCE);
        if (!signature.is(Arrays.copyOfRange(packet, AdvertLayout.SIGNATURE, AdvertLayout.BYTES))) {
            return AdvertRefusal.SIGNATURE;
        }
        if (intent(packet) == null
                || (packet[AdvertLayout.FLAGS] & ~AdvertLayout.FLAG_PROMOTED) != 0
                || packet[AdvertLayout.ZERO] != 0
                || fields.getInt(AdvertLayout.INTERVAL) == 0) {
            return AdvertRefusal.MALFORMED;
        }
        return fields.getLong(AdvertLayout.LIST_DIGEST) == settings.addresses().digest()
                ? null
                : AdvertRefusal.ADDRESS_LIST;
    }

    private boolean digestHolds(byte[] packet) {
        final byte[] wanted =
                Arrays.copyOfRange(
                        packet,
                        AdvertLayout.DIGEST,
                        AdvertLayout.DIGEST + AdvertLayout.DIGEST_BYTES);
        for (byte[] prefix : prefixes) {
            digest.update(prefix).update(packet, AdvertLayout.COUNTER, Long.BYTES);
            if (digest.is(wanted)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Intent intent(byte[] packet) {
        for (Intent intent : Intent.values()) {
            if (intent.code() == packet[AdvertLayout.INTENT]) {
                return intent;
            }
        }
        return null;
    }

    private static @Nullable Trailer trailer(ByteBuffer fields) {
        final Intent intent = intent(fields.array());
        return intent == null
                ? null
                : new Trailer(
                        intent,
                        (fields.get(AdvertLayout.FLAGS) & AdvertLayout.FLAG_PROMOTED) != 0,
                        fields.getInt(AdvertLayout.INTERVAL) & Trailer.INTERVAL_MAX,
                        fields.getLong(AdvertLayout.SENDER),
                        fields.getLong(AdvertLayout.SEQUENCE),
                        fields.getLong(AdvertLayout.EPOCH));
    }
}
