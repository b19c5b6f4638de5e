package dev.hast.daemon.export;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/// Chooses the buffer of the next socket read of one connection.
///
/// While the payload of a write is missing bytes, that is the payload buffer itself, so that they
/// go from the socket to where the disk takes them. Otherwise it is a buffer for many requests at
/// once, or, after a large write, for one header: then the next payload is not read with it and
/// copied.
final class PayloadReads extends DefaultMaxMessagesRecvByteBufAllocator {
    private static final int MANY_REQUESTS = 64 << 10;
    private final Connection connection;

    PayloadReads(Connection connection) {
        this.connection = connection;
    }

    @Override
    @SuppressWarnings("deprecation") // The type of the return value is Netty's.
    public Handle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public ByteBuf allocate(ByteBufAllocator allocator) {
                if (connection.tls() == null
                        && connection.phase() instanceof Transmission transmission) {
                    ByteBuf payload = transmission.payloadToFill();
                    if (payload != null) {
                        return payload.retain();
                    }
                    if (transmission.expectsLargeWrite()) {
                        return allocator.ioBuffer(Nbd.REQUEST_BYTES, Nbd.REQUEST_BYTES);
                    }
                }
                return allocator.ioBuffer(MANY_REQUESTS, MANY_REQUESTS);
            }

            @Override
            public int guess() {
                return MANY_REQUESTS;
            }
        };
    }
}
