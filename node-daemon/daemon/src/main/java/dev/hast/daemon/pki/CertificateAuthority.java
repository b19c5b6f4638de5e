package dev.hast.daemon.pki;

import dev.hast.daemon.document.Names;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.IPAddress;

/// A certificate authority for the nodes of one cluster, kept in one directory: `ca.crt`, `ca.key`,
/// `crl.pem`, the list `issued`, and `NODE.crt` and `NODE.key` for each node.
///
/// Keys are EC P-256. All files are created with mode 0600 and nothing is overwritten except the
/// two lists. The key of the authority is not encrypted: keep the directory on a machine that runs
/// no workload, and copy only `ca.crt`, `crl.pem` and a node's own two files to that node. Not
/// thread-safe; one process at a time.
public final class CertificateAuthority {

    /// How long the authority lasts.
    public static final Duration AUTHORITY_LIFETIME = Duration.ofDays(3650);

    /// How long a node's certificate lasts unless said otherwise.
    public static final Duration NODE_LIFETIME = Duration.ofDays(825);

    /// Certificates are valid from a little before now, for nodes whose clocks are behind.
    private static final Duration CLOCK_SLACK = Duration.ofMinutes(10);

    private static final String SIGNATURE = "SHA256withECDSA";

    private final Path directory;
    private final InstantSource clock;
    private final X509Certificate certificate;
    private final PrivateKey key;

    private CertificateAuthority(
            Path directory, InstantSource clock, X509Certificate certificate, PrivateKey key) {
        this.directory = directory;
        this.clock = clock;
        this.certificate = certificate;
        this.key = key;
    }

    /// A certificate that was issued.
    ///
    /// @param certificate file, PEM
    /// @param key file, PEM
    /// @param serial in hexadecimal
    /// @param notAfter until when it is valid
    public record Issued(Path certificate, Path key, String serial, Instant notAfter) {}

    /// Makes a new authority in a directory, which is created when it is absent.
    public static CertificateAuthority create(
            Path directory, String commonName, InstantSource clock) throws PkiException {
        try {
            Files.createDirectories(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new PkiException(directory + ": can't be created: " + e, e);
        }
        for (var file : List.of("ca.crt", "ca.key", "crl.pem", IssuedList.FILE)) {
            if (Files.exists(directory.resolve(file))) {
                throw new PkiException(
                        directory.resolve(file)
                                + ": exists already and is not overwritten;"
                                + " choose another directory with --dir, or move it away");
            }
        }
        var pair = newKey();
        var certificate = selfSigned(pair, commonName, clock.instant());
        Pem.create(directory.resolve("ca.key"), pem(pair.getPrivate()));
        Pem.create(directory.resolve("ca.crt"), pem(certificate));
        var authority = new CertificateAuthority(directory, clock, certificate, pair.getPrivate());
        authority.writeCrl(new IssuedList(List.of()));
        return authority;
    }

    /// Opens the authority that a directory holds.
    public static CertificateAuthority open(Path directory, InstantSource clock)
            throws PkiException {
        var certificate = Pem.certificates(directory.resolve("ca.crt")).getFirst();
        return new CertificateAuthority(
                directory, clock, certificate, Pem.privateKey(directory.resolve("ca.key")));
    }

    public X509Certificate certificate() {
        return certificate;
    }

    /// Issues a certificate for a node: common name and first alternative name are the node's name,
    /// good for both sides of a connection.
    ///
    /// @param addresses host names and IP addresses that other tools may know the node by
    public Issued issue(String node, List<String> addresses, Duration lifetime)
            throws PkiException {
        if (!Names.isValid(node)) {
            throw new PkiException(
                    "\""
                            + node
                            + "\" is not a node's name; use at most "
                            + Names.LENGTH_MAX
                            + " lower-case letters, digits, - and .");
        }
        var certificateFile = directory.resolve(node + ".crt");
        var keyFile = directory.resolve(node + ".key");
        for (var file : List.of(certificateFile, keyFile)) {
            if (Files.exists(file)) {
                throw new PkiException(
                        file
                                + ": exists already and is not overwritten; move it away to issue a new"
                                + " one (the old certificate stays valid until hastctl pki revoke "
                                + node
                                + ")");
            }
        }
        var notAfter = clock.instant().plus(lifetime);
        if (notAfter.isAfter(certificate.getNotAfter().toInstant())) {
            throw new PkiException(
                    "the certificate would outlive its authority, which ends on "
                            + certificate.getNotAfter().toInstant()
                            + "; give fewer --days, or make a new authority");
        }
        var pair = newKey();
        var issued = signed(pair.getPublic(), node, addresses, notAfter);
        var serial = issued.getSerialNumber().toString(16);
        // Listed first: a certificate that exists and is not in the list could not be revoked.
        writeList(
                IssuedList.read(directory)
                        .with(new IssuedList.Entry(serial, node, notAfter, Optional.empty())));
        Pem.create(keyFile, pem(pair.getPrivate()));
        Pem.create(certificateFile, pem(issued));
        return new Issued(certificateFile, keyFile, serial, notAfter);
    }

    /// Revokes certificates and signs the list of the revoked anew.
    ///
    /// @param node whose certificates
    /// @param serial which one of them; all of them when empty
    /// @return the serial numbers that are revoked now and weren't before
    public List<String> revoke(String node, Optional<String> serial) throws PkiException {
        var list = IssuedList.read(directory);
        var now = clock.instant();
        var revoked = new ArrayList<String>();
        var entries = new ArrayList<IssuedList.Entry>();
        boolean known = false;
        for (var entry : list.entries()) {
            boolean meant =
                    entry.node().equals(node) && serial.map(entry.serial()::equals).orElse(true);
            known |= meant;
            if (meant && entry.revoked().isEmpty()) {
                revoked.add(entry.serial());
                entries.add(entry.revokedAt(now));
            } else {
                entries.add(entry);
            }
        }
        if (!known) {
            throw new PkiException(
                    directory.resolve(IssuedList.FILE)
                            + ": no certificate of node "
                            + node
                            + serial.map(s -> " with serial " + s).orElse("")
                            + "; issued are: "
                            + list.describe());
        }
        var after = new IssuedList(entries);
        writeList(after);
        writeCrl(after);
        return List.copyOf(revoked);
    }

    private void writeList(IssuedList list) throws PkiException {
        Pem.replace(directory.resolve(IssuedList.FILE), list.text());
    }

    private void writeCrl(IssuedList list) throws PkiException {
        try {
            var now = clock.instant();
            var builder =
                    new JcaX509v2CRLBuilder(certificate.getSubjectX500Principal(), Date.from(now));
            builder.setNextUpdate(certificate.getNotAfter());
            for (var entry : list.entries()) {
                entry.revoked()
                        .ifPresent(when ->
                                builder.addCRLEntry(
                                        new BigInteger(entry.serial(), 16),
                                        Date.from(when),
                                        CRLReason.cessationOfOperation));
            }
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate));
            builder.addExtension(
                    Extension.cRLNumber,
                    false,
                    new CRLNumber(BigInteger.valueOf(now.toEpochMilli())));
            var crl = new JcaX509CRLConverter().getCRL(builder.build(signer(key)));
            Pem.replace(directory.resolve("crl.pem"), pem(crl));
        } catch (GeneralSecurityException | CertIOException e) {
            throw new PkiException("the revocation list can't be signed: " + e.getMessage(), e);
        }
    }

    private static X509Certificate selfSigned(KeyPair pair, String commonName, Instant now)
            throws PkiException {
        try {
            var subject = new X500NameBuilder().addRDN(BCStyle.CN, commonName).build();
            var builder =
                    new JcaX509v3CertificateBuilder(
                            subject,
                            newSerial(),
                            Date.from(now.minus(CLOCK_SLACK)),
                            Date.from(now.plus(AUTHORITY_LIFETIME)),
                            subject,
                            pair.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()));
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(signer(pair.getPrivate())));
        } catch (GeneralSecurityException | CertIOException e) {
            throw new PkiException("the authority can't sign itself: " + e.getMessage(), e);
        }
    }

    private X509Certificate signed(
            PublicKey subjectKey, String node, List<String> addresses, Instant notAfter)
            throws PkiException {
        try {
            var builder =
                    new JcaX509v3CertificateBuilder(
                            certificate.getSubjectX500Principal(),
                            newSerial(),
                            Date.from(clock.instant().minus(CLOCK_SLACK)),
                            Date.from(notAfter),
                            new X500Principal("CN=" + node),
                            subjectKey);
            var extensions = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.extendedKeyUsage,
                    false,
                    new ExtendedKeyUsage(
                            new KeyPurposeId[] {
                                KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                            }));
            builder.addExtension(
                    Extension.subjectAlternativeName, false, alternativeNames(node, addresses));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    extensions.createSubjectKeyIdentifier(subjectKey));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    extensions.createAuthorityKeyIdentifier(certificate));
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer(key)));
        } catch (GeneralSecurityException | CertIOException e) {
            throw new PkiException(
                    "the certificate of " + node + " can't be signed: " + e.getMessage(), e);
        }
    }

    private static GeneralNames alternativeNames(String node, List<String> addresses)
            throws PkiException {
        var names = new ArrayList<GeneralName>();
        names.add(new GeneralName(GeneralName.dNSName, node));
        for (var address : addresses) {
            if (IPAddress.isValid(address)) {
                names.add(new GeneralName(GeneralName.iPAddress, address));
            } else if (address.matches("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")) {
                names.add(new GeneralName(GeneralName.dNSName, address));
            } else {
                throw new PkiException(
                        "\""
                                + address
                                + "\" is neither a host name nor an IP address; give --address"
                                + " without a port");
            }
        }
        return new GeneralNames(names.toArray(GeneralName[]::new));
    }

    private static BigInteger newSerial() {
        return new BigInteger(127, new SecureRandom()).setBit(126);
    }

    private static KeyPair newKey() throws PkiException {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new PkiException(
                    "this Java runtime makes no EC P-256 keys: " + e.getMessage(), e);
        }
    }

    private static ContentSigner signer(PrivateKey key) throws PkiException {
        try {
            return new JcaContentSignerBuilder(SIGNATURE).build(key);
        } catch (OperatorCreationException e) {
            throw new PkiException("the authority's key can't sign: " + e.getMessage(), e);
        }
    }

    private static String pem(Object object) throws PkiException {
        var text = new StringWriter();
        try (var writer = new JcaPEMWriter(text)) {
            writer.writeObject(
                    object instanceof PrivateKey key ? new JcaPKCS8Generator(key, null) : object);
        } catch (IOException e) {
            throw new PkiException("can't be written as PEM: " + e.getMessage(), e);
        }
        return text.toString();
    }
}
