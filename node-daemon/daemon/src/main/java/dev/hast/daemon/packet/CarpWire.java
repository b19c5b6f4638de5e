package dev.hast.daemon.packet;

import dev.hast.daemon.posix.PosixException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What differs between adverts over IPv4 and over IPv6.
sealed interface CarpWire permits CarpWireV4, CarpWireV6 {

    /// Sets the options of a new socket and joins the group.
    void prepare(int fd, String what) throws PosixException;

    boolean isFamily(InetAddress address);

    /// The socket address to send to.
    MemorySegment target(InetAddress address);

    /// Bytes that precede the advert in what is handed to the kernel.
    int headerBytes();

    /// Completes the header at the beginning of `output` for `target`.
    void address(MemorySegment output, MemorySegment target);

    void setSource(List<InetAddress> own);

    /// Receives one packet; its length or `-errno`.
    int receive(int fd);

    /// The packet received last, or null if it is not whole.
    @Nullable ReceivedAdvert parse(int length);
}
