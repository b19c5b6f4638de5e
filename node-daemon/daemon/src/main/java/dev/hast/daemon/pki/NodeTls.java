package dev.hast.daemon.pki;

import dev.hast.daemon.document.NodeDocument.TlsFiles;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/// A node's side of mutual TLS: its certificate and key, and whom it believes.
///
/// One reading of the files: load it again after they changed (a renewed certificate, a longer
/// revocation list) and use the new one for new connections; ask [#distrust] about the open ones:
/// [LiveTls] does both. Thread-safe.
///
/// TLS 1.3 only, BoringSSL where its library is there, else the JDK's. Sessions are never resumed,
/// so that a revoked certificate can't come back by a ticket. In TLS 1.3 a client has finished its
/// handshake before the server has looked at its certificate: a refused client learns it when it
/// first reads.
public final class NodeTls {

    /// Certificates that end sooner are worth a warning.
    public static final Duration EXPIRY_WARNING = Duration.ofDays(30);

    private static final String PROTOCOL = "TLSv1.3";
    private static final Pattern ALERT =
            Pattern.compile("OPENSSL_internal:[A-Z0-9]+_ALERT_([A-Z_]+)");

    private final List<X509Certificate> chain;
    private final PrivateKey key;
    private final String node;
    private final PeerCertificates peers;
    private final Optional<X509CRL> crl;
    private final InstantSource clock;

    private NodeTls(List<X509Certificate> chain, PrivateKey key, Trust trust, InstantSource clock)
            throws CertificateException {
        this.chain = chain;
        this.key = key;
        this.node = PeerCertificates.commonName(chain.getFirst());
        this.peers = new PeerCertificates(trust.authorities(), trust.crl(), clock);
        this.crl = trust.crl();
        this.clock = clock;
    }

    private record Trust(List<X509Certificate> authorities, Optional<X509CRL> crl) {}

    /// Reads the files and checks that they belong together: the key to the certificate, the
    /// certificate and the revocation list to the authority, the validity to the clock.
    ///
    /// @throws PkiException with the file, what is wrong and the mend
    public static NodeTls load(TlsFiles files, InstantSource clock) throws PkiException {
        var authorities = Pem.certificates(files.ca());
        var chain = Pem.certificates(files.cert());
        var key = Pem.privateKey(files.key());
        if (!belong(chain.getFirst(), key)) {
            throw new PkiException(
                    files.key()
                            + ": is not the key of "
                            + files.cert()
                            + "; give the pair that was"
                            + " issued together");
        }
        Optional<X509CRL> crl =
                files.crl().isPresent()
                        ? Optional.of(Pem.crl(files.crl().get()))
                        : Optional.empty();
        if (crl.isPresent() && authorities.stream().noneMatch(a -> signed(crl.get(), a))) {
            throw new PkiException(
                    files.crl().get()
                            + ": is not signed by the authority in "
                            + files.ca()
                            + "; copy both from the same place");
        }
        try {
            var tls = new NodeTls(chain, key, new Trust(authorities, crl), clock);
            tls.peers.nodeOf(chain.toArray(X509Certificate[]::new), PeerCertificates.SERVER_USAGE);
            return tls;
        } catch (CertificateException e) {
            throw new PkiException(files.cert() + ": " + e.getMessage(), e);
        }
    }

    /// The node that this side proves to be.
    public String node() {
        return node;
    }

    /// When this side's certificate ends.
    public Instant notAfter() {
        return chain.getFirst().getNotAfter().toInstant();
    }

    /// What an administrator should look after soon; empty when all is well.
    public List<String> warnings() {
        var warnings = new ArrayList<String>();
        var now = clock.instant();
        if (notAfter().minus(EXPIRY_WARNING).isBefore(now)) {
            warnings.add(
                    "the certificate of node "
                            + node
                            + " ends on "
                            + notAfter()
                            + "; issue a new one");
        }
        if (crl.isEmpty()) {
            warnings.add(
                    "no revocation list is given: a stolen node certificate can't be refused; add spec.tls.crl");
        } else if (crl.get().getNextUpdate() != null
                && crl.get().getNextUpdate().toInstant().isBefore(now)) {
            warnings.add(
                    "the revocation list is out of date since "
                            + crl.get().getNextUpdate().toInstant()
                            + " and still in force; sign a new one");
        }
        return warnings;
    }

    /// The context for connections that peers open: they must show a certificate. Ask [#peerNode]
    /// whose it was.
    public SslContext server() throws PkiException {
        return build(serverBuilder());
    }

    /// The context for connections to a peer, which must prove to be that node.
    public SslContext client(String expectedNode) throws PkiException {
        return build(clientBuilder(expectedNode));
    }

    /// As [#server], for gRPC: HTTP/2 is agreed on in the handshake.
    public SslContext controlServer() throws PkiException {
        return build(serverBuilder().applicationProtocolConfig(http2()));
    }

    /// As [#client], for gRPC.
    public SslContext controlClient(String expectedNode) throws PkiException {
        return build(clientBuilder(expectedNode).applicationProtocolConfig(http2()));
    }

    /// The node at the other end of a finished handshake.
    ///
    /// @throws SSLPeerUnverifiedException when the peer has shown no certificate that names a node
    public static String peerNode(SSLSession session) throws SSLPeerUnverifiedException {
        try {
            if (session.getPeerCertificates()[0] instanceof X509Certificate certificate) {
                return PeerCertificates.commonName(certificate);
            }
            throw new SSLPeerUnverifiedException("the peer's certificate is not X.509");
        } catch (CertificateException e) {
            var unverified = new SSLPeerUnverifiedException(String.valueOf(e.getMessage()));
            unverified.initCause(e);
            throw unverified;
        }
    }

    /// Why a peer that was let in once would not be let in today: then close the connection. Empty
    /// when it would.
    public Optional<String> distrust(SSLSession session) {
        try {
            var certificates =
                    Arrays.stream(session.getPeerCertificates())
                            .map(X509Certificate.class::cast)
                            .toArray(X509Certificate[]::new);
            // Node certificates are good for both sides, and which side this was is not kept in the
            // session.
            peers.nodeOf(certificates, PeerCertificates.CLIENT_USAGE);
            return Optional.empty();
        } catch (CertificateException | SSLPeerUnverifiedException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /// What a failed handshake comes down to: what was found wrong with the certificate, else the
    /// innermost of what TLS says.
    public static String reason(Throwable failed) {
        Throwable cause = failed;
        for (int depth = 0; depth < 8; depth++) {
            if (cause instanceof CertificateException || cause.getCause() == null) {
                break;
            }
            cause = cause.getCause();
        }
        return inWords(String.valueOf(cause.getMessage() == null ? cause : cause.getMessage()));
    }

    /// BoringSSL speaks in codes.
    private static String inWords(String message) {
        if (message.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE")) {
            return "the peer shows no certificate of our authority; issue it one with hastctl pki node";
        }
        final var alert = ALERT.matcher(message);
        return alert.find()
                ? "the other side ends the handshake (%s); its log says why"
                        .formatted(alert.group(1).toLowerCase(Locale.ROOT).replace('_', ' '))
                : message;
    }

    private SslContextBuilder serverBuilder() {
        return SslContextBuilder.forServer(key, chain.toArray(X509Certificate[]::new))
                .clientAuth(ClientAuth.REQUIRE)
                .trustManager(new PeerTrust(peers, Optional.empty()))
                .sslProvider(provider())
                .protocols(PROTOCOL);
    }

    private SslContextBuilder clientBuilder(String expectedNode) {
        return SslContextBuilder.forClient()
                .keyManager(key, chain.toArray(X509Certificate[]::new))
                .trustManager(new PeerTrust(peers, Optional.of(expectedNode)))
                // The node's name is what is proved, by PeerTrust; the address that led there
                // proves nothing.
                .endpointIdentificationAlgorithm("")
                .sslProvider(provider())
                .protocols(PROTOCOL);
    }

    private static SslContext build(SslContextBuilder builder) throws PkiException {
        try {
            var context = builder.build();
            if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
                sessions.setSessionCacheEnabled(false);
            } else {
                context.sessionContext().setSessionTimeout(1);
            }
            return context;
        } catch (SSLException e) {
            throw new PkiException("TLS can't be set up: " + e.getMessage(), e);
        }
    }

    private static SslProvider provider() {
        return OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
    }

    private static ApplicationProtocolConfig http2() {
        return new ApplicationProtocolConfig(
                Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                "h2");
    }

    private static boolean signed(X509CRL crl, X509Certificate authority) {
        try {
            crl.verify(authority.getPublicKey());
            return true;
        } catch (GeneralSecurityException _) {
            return false;
        }
    }

    /// Signs something with the key and checks it with the certificate.
    private static boolean belong(X509Certificate certificate, PrivateKey key) {
        var algorithm =
                switch (key.getAlgorithm()) {
                    case "EC" -> "SHA256withECDSA";
                    case "RSA" -> "SHA256withRSA";
                    default -> key.getAlgorithm();
                };
        try {
            var signing = Signature.getInstance(algorithm);
            signing.initSign(key);
            signing.update(new byte[] {1, 2, 3});
            var proof = signing.sign();
            var checking = Signature.getInstance(algorithm);
            checking.initVerify(certificate);
            checking.update(new byte[] {1, 2, 3});
            return checking.verify(proof);
        } catch (GeneralSecurityException _) {
            return false;
        }
    }
}
