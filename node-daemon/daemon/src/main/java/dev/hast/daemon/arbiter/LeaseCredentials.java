package dev.hast.daemon.arbiter;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Who we are to the API server, and whom we take for it, from files that others replace while we
/// run. Read anew for each request: they are small, and requests are rare. Owned by the arbiter's
/// thread.
final class LeaseCredentials {

    private static final int FILE_BYTES_MAX = 1 << 20;
    private static final int TOKEN_CHARS_MAX = 64 << 10;
    private static final List<String> KEY_ALGORITHMS = List.of("EC", "RSA", "EdDSA");
    private static final char[] NO_PASSWORD = {};
    private static final Pattern PRIVATE_KEY =
            Pattern.compile(
                    "-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    private final LeaseSettings settings;
    private byte @Nullable [] loaded;
    private @Nullable SSLContext context;

    LeaseCredentials(LeaseSettings settings) {
        this.settings = settings;
    }

    /// The bearer token as it stands in its file now.
    ///
    /// @throws IOException if it cannot be read, or holds what is no token
    Optional<String> token() throws IOException {
        if (settings.tokenFile().isEmpty()) {
            return Optional.empty();
        }
        final Path file = settings.tokenFile().get();
        final String token = new String(read(file), StandardCharsets.ISO_8859_1).strip();
        if (token.isEmpty()
                || token.length() > TOKEN_CHARS_MAX
                || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IOException(
                    file + ": holds no token; it must be one line of letters, digits and signs");
        }
        return Optional.of(token);
    }

    /// The context for new connections. The same object as before means that no file has changed.
    ///
    /// @throws IOException if the files cannot be read or do not fit together
    SSLContext context() throws IOException {
        final byte[] files = settings.tls().isEmpty() ? new byte[0] : all(settings.tls().get());
        if (context == null || !Arrays.equals(files, loaded)) {
            context = load();
            loaded = files;
        }
        return context;
    }

    private static byte[] all(LeaseSettings.Tls tls) throws IOException {
        final var all = new java.io.ByteArrayOutputStream();
        all.write(read(tls.authorities()));
        if (tls.identity().isPresent()) {
            all.write(read(tls.identity().get().certificate()));
            all.write(read(tls.identity().get().key()));
        }
        return all.toByteArray();
    }

    private SSLContext load() throws IOException {
        try {
            final SSLContext fresh = SSLContext.getInstance("TLS");
            if (settings.tls().isEmpty()) {
                fresh.init(null, null, null);
                return fresh;
            }
            final LeaseSettings.Tls tls = settings.tls().get();
            final KeyStore trusted = emptyStore();
            int number = 0;
            for (Certificate authority : certificates(tls.authorities())) {
                trusted.setCertificateEntry("authority-" + number++, authority);
            }
            final var trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            final var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(identity(tls.identity()), NO_PASSWORD);
            fresh.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return fresh;
        } catch (GeneralSecurityException e) {
            throw new IOException(e.getMessage() + " in one of " + settings.tls(), e);
        }
    }

    private static KeyStore identity(Optional<LeaseSettings.Identity> identity)
            throws IOException, GeneralSecurityException {
        final KeyStore own = emptyStore();
        if (identity.isPresent()) {
            own.setKeyEntry(
                    "own",
                    privateKey(identity.get().key()),
                    NO_PASSWORD,
                    certificates(identity.get().certificate()).toArray(Certificate[]::new));
        }
        return own;
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        final KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static Collection<? extends Certificate> certificates(Path file)
            throws IOException, GeneralSecurityException {
        final var found =
                CertificateFactory.getInstance("X.509")
                        .generateCertificates(new ByteArrayInputStream(read(file)));
        if (found.isEmpty()) {
            throw new IOException(
                    file + ": holds no certificate; it must be PEM (BEGIN CERTIFICATE)");
        }
        return found;
    }

    private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
        final var text = PRIVATE_KEY.matcher(new String(read(file), StandardCharsets.US_ASCII));
        if (!text.find()) {
            throw new IOException(
                    file
                            + ": holds no private key; it must be PKCS #8 in PEM, not encrypted (BEGIN PRIVATE KEY)");
        }
        final var key = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(text.group(1)));
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(key);
            } catch (InvalidKeySpecException e) {
                // Of another kind: the next one.
            }
        }
        throw new IOException(file + ": is a private key of none of the kinds " + KEY_ALGORITHMS);
    }

    private static byte[] read(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            final byte[] bytes = in.readNBytes(FILE_BYTES_MAX + 1);
            if (bytes.length > FILE_BYTES_MAX) {
                throw new IOException(file + ": is larger than 1 MiB");
            }
            return bytes;
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": is not there", e);
        }
    }
}
