package dev.hast.daemon.control;

import dev.hast.control.v1.ControlGrpc;
import dev.hast.control.v1.VirtualIpsGrpc;
import dev.hast.daemon.control.ControlMetrics.Refusal;
import dev.hast.daemon.pki.NodeTls;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Set;
import javax.net.ssl.SSLPeerUnverifiedException;

/// Who may ask what over the network: every node may look, only the certificate named `admin` may
/// change something. So a stolen node's certificate can't command other nodes. On the unix socket
/// the file's mode decides instead.
final class PeerGuard implements ServerInterceptor {

    /// The common name of the certificate that may do everything: `hastctl pki node admin`.
    static final String ADMIN = "admin";

    private static final Set<String> LOOKING =
            Set.of(
                    ControlGrpc.getDescribeMethod().getFullMethodName(),
                    ControlGrpc.getGetStatusMethod().getFullMethodName(),
                    ControlGrpc.getWatchStatusMethod().getFullMethodName(),
                    ControlGrpc.getWatchEventsMethod().getFullMethodName(),
                    VirtualIpsGrpc.getGetVirtualIpsMethod().getFullMethodName(),
                    VirtualIpsGrpc.getWatchVirtualIpsMethod().getFullMethodName());

    private final ControlPort port;

    /// @param port counts and logs what is refused
    PeerGuard(ControlPort port) {
        this.port = port;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        var method = call.getMethodDescriptor().getFullMethodName();
        var peer = peer(call);
        if (peer.equals(ADMIN) || !peer.isEmpty() && LOOKING.contains(method)) {
            return next.startCall(call, headers);
        }
        var cause =
                "the certificate of \""
                        + peer
                        + "\" may only look;"
                        + " ask on that node itself, or use one named admin (hastctl pki node admin)";
        port.refused(
                Refusal.FORBIDDEN,
                call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR),
                method + ": " + cause);
        call.close(Status.PERMISSION_DENIED.withDescription(cause), new Metadata());
        return new ServerCall.Listener<>() {};
    }

    private static String peer(ServerCall<?, ?> call) {
        var session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        try {
            return session == null ? "" : NodeTls.peerNode(session);
        } catch (SSLPeerUnverifiedException _) {
            return "";
        }
    }
}
