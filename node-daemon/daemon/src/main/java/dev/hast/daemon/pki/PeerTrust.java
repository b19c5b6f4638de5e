package dev.hast.daemon.pki;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Asks [PeerCertificates] on behalf of TLS, and compares the name where one is expected.
final class PeerTrust extends X509ExtendedTrustManager {

    private final PeerCertificates certificates;
    private final Optional<String> expectedNode;

    PeerTrust(PeerCertificates certificates, Optional<String> expectedNode) {
        this.certificates = certificates;
        this.expectedNode = expectedNode;
    }

    private void check(X509Certificate[] chain, String usage) throws CertificateException {
        var node = certificates.nodeOf(chain, usage);
        if (expectedNode.isPresent() && !expectedNode.get().equals(node)) {
            throw new CertificateException(
                    "the peer is node "
                            + node
                            + " and not "
                            + expectedNode.get()
                            + "; check the replica's address in the documents");
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        check(chain, PeerCertificates.CLIENT_USAGE);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain, PeerCertificates.CLIENT_USAGE);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, PeerCertificates.CLIENT_USAGE);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        check(chain, PeerCertificates.SERVER_USAGE);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain, PeerCertificates.SERVER_USAGE);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, PeerCertificates.SERVER_USAGE);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return certificates.authorities().toArray(X509Certificate[]::new);
    }
}
