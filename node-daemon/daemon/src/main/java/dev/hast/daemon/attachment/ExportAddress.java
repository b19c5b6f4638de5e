package dev.hast.daemon.attachment;

import java.nio.file.Path;

/// Where the export listens.
public sealed interface ExportAddress {

    /// A unix socket on this node: the usual case, and the only one for `nbdfuse`.
    record Unix(Path socket) implements ExportAddress {
        @Override
        public String toString() {
            return socket.toString();
        }
    }

    /// A TCP port, in the clear. `host` is a literal IPv4 address.
    record Tcp(String host, int port) implements ExportAddress {
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }
}
