package dev.hast.daemon.arbiter;

import java.io.IOException;
import java.io.Writer;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A certificate authority and what it signed for 127.0.0.1, as PEM files.
record TestCertificates(
        Path authority, EtcdSettings.Identity server, EtcdSettings.Identity client) {

    static TestCertificates in(Path directory) throws IOException {
        try {
            Files.createDirectories(directory);
            final KeyPair root = keys();
            final X500Name rootName = new X500Name("CN=Test Authority");
            final X509Certificate rootCertificate =
                    certificate(rootName, root, rootName, root, true);
            final Path authority = write(directory.resolve("ca.pem"), rootCertificate);
            return new TestCertificates(
                    authority,
                    issue(directory, "server", rootName, root),
                    issue(directory, "client", rootName, root));
        } catch (GeneralSecurityException | OperatorException e) {
            throw new IOException(e);
        }
    }

    private static EtcdSettings.Identity issue(
            Path directory, String name, X500Name rootName, KeyPair root)
            throws IOException, GeneralSecurityException, OperatorException {
        final KeyPair pair = keys();
        final X509Certificate certificate =
                certificate(new X500Name("CN=" + name), pair, rootName, root, false);
        return new EtcdSettings.Identity(
                write(directory.resolve(name + ".pem"), certificate),
                write(
                        directory.resolve(name + ".key"),
                        new JcaPKCS8Generator(pair.getPrivate(), null)));
    }

    private static KeyPair keys() throws GeneralSecurityException {
        final KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    private static X509Certificate certificate(
            X500Name name, KeyPair pair, X500Name issuer, KeyPair signer, boolean authority)
            throws IOException, GeneralSecurityException, OperatorException {
        final Instant now = Instant.now();
        final var builder =
                new JcaX509v3CertificateBuilder(
                                issuer,
                                BigInteger.valueOf(now.toEpochMilli())
                                        .multiply(BigInteger.valueOf(1_000))
                                        .add(BigInteger.valueOf(name.hashCode() & 0xff)),
                                Date.from(now.minus(Duration.ofHours(1))),
                                Date.from(now.plus(Duration.ofDays(1))),
                                name,
                                pair.getPublic())
                        .addExtension(
                                Extension.basicConstraints, true, new BasicConstraints(authority))
                        .addExtension(
                                Extension.subjectAlternativeName,
                                false,
                                new GeneralNames(
                                        new GeneralName(GeneralName.iPAddress, "127.0.0.1")));
        return new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(
                                new JcaContentSignerBuilder("SHA256withECDSA")
                                        .build(signer.getPrivate())));
    }

    private static Path write(Path file, Object content) throws IOException {
        try (Writer text = Files.newBufferedWriter(file);
                JcaPEMWriter pem = new JcaPEMWriter(text)) {
            pem.writeObject(content);
        }
        return file;
    }
}
