package dev.hast.daemon.pki;

import dev.hast.daemon.document.Names;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;

/// Decides whether a peer's certificates prove a node's name. Immutable, thread-safe.
///
/// A certificate is believed when it was issued by the authority, is valid now, is meant for the
/// side that shows it, isn't on the authority's list of revoked ones, and has a node's name as its
/// common name. A revocation list that is past its next update still counts: an old list is no
/// reason to cut off every node at once.
final class PeerCertificates {

    static final String SERVER_USAGE = "1.3.6.1.5.5.7.3.1";
    static final String CLIENT_USAGE = "1.3.6.1.5.5.7.3.2";

    private final List<X509Certificate> authorities;
    private final Optional<X509CRL> crl;
    private final InstantSource clock;

    PeerCertificates(
            List<X509Certificate> authorities, Optional<X509CRL> crl, InstantSource clock) {
        this.authorities = List.copyOf(authorities);
        this.crl = crl;
        this.clock = clock;
    }

    /// Checks a chain and gives the node's name that it proves.
    ///
    /// @throws CertificateException with the name in the certificate and what is wrong
    String nodeOf(X509Certificate[] chain, String usage) throws CertificateException {
        if (chain.length == 0) {
            throw new CertificateException("the peer shows no certificate");
        }
        var leaf = chain[0];
        validate(chain);
        if (crl.isPresent() && crl.get().isRevoked(leaf)) {
            var message =
                    describe(leaf) + " is revoked; issue a new one if the node should come back";
            // The cause is what TLS makes the right alert of, so that the peer's log says it too.
            throw new CertificateException(
                    message,
                    new CertPathValidatorException(
                            message,
                            null,
                            null,
                            -1,
                            CertPathValidatorException.BasicReason.REVOKED));
        }
        var usages = leaf.getExtendedKeyUsage();
        if (usages != null && !usages.contains(usage)) {
            throw new CertificateException(
                    describe(leaf) + " is not meant for this side of a connection");
        }
        return commonName(leaf);
    }

    List<X509Certificate> authorities() {
        return authorities;
    }

    private void validate(X509Certificate[] chain) throws CertificateException {
        var leaf = chain[0];
        try {
            var anchors = new HashSet<TrustAnchor>();
            authorities.forEach(a -> anchors.add(new TrustAnchor(a, null)));
            var parameters = new PKIXParameters(Set.copyOf(anchors));
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(clock.instant()));
            var path = Arrays.stream(chain).filter(c -> !authorities.contains(c)).toList();
            var factory = CertificateFactory.getInstance("X.509");
            CertPathValidator.getInstance("PKIX")
                    .validate(factory.generateCertPath(path), parameters);
        } catch (CertPathValidatorException e) {
            throw new CertificateException(describe(leaf) + " " + reason(e, leaf), e);
        } catch (InvalidAlgorithmParameterException e) {
            throw new CertificateException(
                    "there is no authority to check " + describe(leaf) + " with", e);
        } catch (GeneralSecurityException e) {
            throw new CertificateException(
                    describe(leaf) + " can't be checked: " + e.getMessage(), e);
        }
    }

    private static String reason(CertPathValidatorException e, X509Certificate leaf) {
        if (e.getReason() == CertPathValidatorException.BasicReason.EXPIRED) {
            return "expired on "
                    + leaf.getNotAfter().toInstant()
                    + "; issue a new one, and compare the nodes' clocks";
        }
        if (e.getReason() == CertPathValidatorException.BasicReason.NOT_YET_VALID) {
            return "is not valid before "
                    + leaf.getNotBefore().toInstant()
                    + "; compare the nodes' clocks";
        }
        return "is not issued by our certificate authority ("
                + e.getMessage()
                + "); issue one with hastctl pki node, or compare the nodes' ca.crt";
    }

    /// The one common name, which must be a node's name.
    static String commonName(X509Certificate certificate) throws CertificateException {
        try {
            var names =
                    new LdapName(certificate.getSubjectX500Principal().getName())
                            .getRdns().stream()
                                    .filter(rdn -> rdn.getType().equalsIgnoreCase("CN"))
                                    .map(rdn -> String.valueOf(rdn.getValue()))
                                    .toList();
            if (names.size() == 1 && Names.isValid(names.getFirst())) {
                return names.getFirst();
            }
        } catch (InvalidNameException e) {
            throw new CertificateParsingException(
                    "a certificate's subject can't be read: " + e.getMessage(), e);
        }
        throw new CertificateException(
                "the certificate of \""
                        + certificate.getSubjectX500Principal().getName()
                        + "\" has no node's name as its common name");
    }

    static String describe(X509Certificate certificate) {
        return "the certificate of \""
                + certificate.getSubjectX500Principal().getName()
                + "\" (serial "
                + certificate.getSerialNumber().toString(16)
                + ")";
    }
}
