package dev.hast.daemon.export;

import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/// Where an export listens.
public sealed interface ListenAddress {

    /// A unix socket that only the daemon's user can open (mode 0600).
    record Unix(Path path) implements ListenAddress {
        @Override
        public String toString() {
            return path.toString();
        }
    }

    /// A TCP port. With `tls` nothing but `STARTTLS` is answered in the clear; without it,
    /// everybody who reaches the port can read and write the volume.
    record Tcp(InetSocketAddress address, Optional<SslContext> tls) implements ListenAddress {
        @Override
        public String toString() {
            return address + (tls.isPresent() ? " with TLS" : " without TLS");
        }
    }
}
