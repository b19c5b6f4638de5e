package dev.hast.daemon.replication;

import io.netty.buffer.ByteBuf;

/// The first frame on a connection, both ways: which protocol, which resource, who speaks, who is
/// meant.
///
/// @param features bits that the peer must know
record LinkGreeting(int version, long features, String resource, String from, String to) {

    void encode(ByteBuf out) {
        out.writeLongLE(Frames.MAGIC).writeShortLE(version).writeLongLE(features);
        MessageCodec.putString(out, resource);
        MessageCodec.putString(out, from);
        MessageCodec.putString(out, to);
    }

    static LinkGreeting decode(ByteBuf in) throws FrameException {
        try {
            if (in.readLongLE() != Frames.MAGIC) {
                throw new FrameException("not a replication link");
            }
            final LinkGreeting greeting =
                    new LinkGreeting(
                            in.readUnsignedShortLE(),
                            in.readLongLE(),
                            MessageCodec.getString(in),
                            MessageCodec.getString(in),
                            MessageCodec.getString(in));
            if (greeting.version != Frames.VERSION || (greeting.features & ~Frames.FEATURES) != 0) {
                throw new FrameException(
                        Refusal.VERSION,
                        "the peer speaks replication protocol %d with features 0x%x, this daemon %d with 0x%x; bring both to one version"
                                .formatted(
                                        greeting.version,
                                        greeting.features,
                                        Frames.VERSION,
                                        Frames.FEATURES));
            }
            return greeting;
        } catch (IndexOutOfBoundsException e) {
            throw new FrameException("a greeting that is cut short");
        }
    }
}
