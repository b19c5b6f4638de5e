package dev.hast.daemon.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// One message of the kernel.
///
/// @param type of the subsystem's own numbers
/// @param flags `NLM_F_*`
/// @param body what follows the netlink header, in this machine's byte order, from index 0
public record NetlinkMessage(int type, int flags, ByteBuffer body) {

    /// The attributes that begin at `offset`; none when the body is shorter.
    public ByteBuffer attributes(final int offset) {
        final int from = Math.min(offset, body.limit());
        return body.slice(from, body.limit() - from).order(ByteOrder.nativeOrder());
    }
}
