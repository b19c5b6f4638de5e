package dev.hast.operator.daemons;

import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslProvider;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/// What the operator proves itself with to daemons: the certificate named `admin`. The files are
/// read for each new channel, so that a renewed certificate is used from the next connection on.
///
/// @param authorities that sign daemons' certificates, PEM
/// @param certificate ours, PEM
/// @param key ours, PKCS #8 in PEM
public record Credentials(Path authorities, Path certificate, Path key) {

    private static final int MESSAGE_MAX = 16 << 20;

    /// The files of a directory as a Secret of type TLS has them: `ca.crt`, `tls.crt`, `tls.key`.
    public static Credentials in(Path directory) {
        return new Credentials(
                directory.resolve("ca.crt"),
                directory.resolve("tls.crt"),
                directory.resolve("tls.key"));
    }

    /// A channel to the daemon of a node, whose certificate has to carry the node's name.
    ///
    /// @throws SSLException when the files are no good
    ManagedChannel channel(String node, String host, int port) throws SSLException {
        return NettyChannelBuilder.forAddress(host, port)
                .overrideAuthority(node)
                .maxInboundMessageSize(MESSAGE_MAX)
                .idleTimeout(Long.MAX_VALUE, TimeUnit.DAYS)
                .sslContext(
                        GrpcSslContexts.configure(
                                        GrpcSslContexts.forClient()
                                                .trustManager(authorities.toFile())
                                                .keyManager(certificate.toFile(), key.toFile()),
                                        SslProvider.JDK)
                                .build())
                .build();
    }
}
