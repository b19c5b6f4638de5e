package dev.hast.daemon.pki;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// PEM files: reading with errors that name the file, and writing so that only the owner can read
/// them.
final class Pem {

    private static final int FILE_SIZE_MAX = 1 << 20;
    private static final Pattern PRIVATE_KEY =
            Pattern.compile(
                    "-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final List<String> KEY_ALGORITHMS = List.of("EC", "RSA", "EdDSA");

    private Pem() {}

    static List<X509Certificate> certificates(Path file) throws PkiException {
        var bytes = read(file);
        try {
            var found = new ArrayList<X509Certificate>();
            for (var certificate :
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(new ByteArrayInputStream(bytes))) {
                found.add((X509Certificate) certificate);
            }
            if (!found.isEmpty()) {
                return List.copyOf(found);
            }
        } catch (GeneralSecurityException e) {
            throw new PkiException(
                    file
                            + ": no certificate can be read from it; it must be PEM (BEGIN CERTIFICATE)",
                    e);
        }
        throw new PkiException(file + ": holds no certificate; it must be PEM (BEGIN CERTIFICATE)");
    }

    static X509CRL crl(Path file) throws PkiException {
        var bytes = read(file);
        try {
            if (CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(bytes))
                    instanceof X509CRL crl) {
                return crl;
            }
        } catch (GeneralSecurityException e) {
            throw new PkiException(
                    file
                            + ": no revocation list can be read from it; it must be PEM (BEGIN X509 CRL)",
                    e);
        }
        throw new PkiException(
                file + ": holds no revocation list; it must be PEM (BEGIN X509 CRL)");
    }

    static PrivateKey privateKey(Path file) throws PkiException {
        var text = new String(read(file), StandardCharsets.US_ASCII);
        var matcher = PRIVATE_KEY.matcher(text);
        if (!matcher.find()) {
            throw new PkiException(
                    file
                            + ": holds no plain PKCS#8 key (BEGIN PRIVATE KEY); convert it with"
                            + " openssl pkcs8 -topk8 -nocrypt");
        }
        PKCS8EncodedKeySpec spec;
        try {
            spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(matcher.group(1)));
        } catch (IllegalArgumentException e) {
            throw new PkiException(
                    file + ": the private key is damaged; restore it or issue a new one", e);
        }
        for (var algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (GeneralSecurityException _) {
                // The next algorithm may know it; the error below speaks for all.
            }
        }
        throw new PkiException(
                file
                        + ": the private key is neither EC, RSA nor EdDSA; issue one with hastctl pki node");
    }

    private static byte[] read(Path file) throws PkiException {
        try {
            if (Files.size(file) > FILE_SIZE_MAX) {
                throw new PkiException(
                        file + ": is larger than 1 MiB; check that it is the right file");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new PkiException(file + ": does not exist; hastctl pki makes such files", e);
        } catch (PkiException e) {
            throw e;
        } catch (IOException e) {
            throw new PkiException(file + ": can't be read: " + e + "; check its permissions", e);
        }
    }

    /// Writes a file that must not exist yet, mode 0600 from its first byte.
    static void create(Path file, String text) throws PkiException {
        try (var channel =
                Files.newByteChannel(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")))) {
            var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (FileAlreadyExistsException e) {
            throw new PkiException(
                    file + ": exists already and is not overwritten; move it away first", e);
        } catch (IOException e) {
            throw new PkiException(file + ": can't be written: " + e, e);
        }
    }

    /// Writes a file in place of another, so that readers see the old one or the new one.
    static void replace(Path file, String text) throws PkiException {
        var next = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(next);
            create(next, text);
            Files.move(
                    next,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new PkiException(
                    file + ": can't be replaced at one stroke on this file system", e);
        } catch (PkiException e) {
            throw e;
        } catch (IOException e) {
            throw new PkiException(file + ": can't be replaced: " + e, e);
        }
    }
}
