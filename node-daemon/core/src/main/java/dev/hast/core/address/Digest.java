package dev.hast.core.address;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// A keyed digest that is used again and again on one thread.
final class Digest {

    private final Mac mac;

    private Digest(String algorithm, byte[] key) {
        try {
            mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key, algorithm));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("this Java has no " + algorithm, missing);
        }
    }

    static Digest hmacSha1(byte[] key) {
        return new Digest("HmacSHA1", key);
    }

    static Digest hmacSha256(byte[] key) {
        return new Digest("HmacSHA256", key);
    }

    Digest update(byte[] bytes) {
        mac.update(bytes);
        return this;
    }

    Digest update(byte[] bytes, int offset, int length) {
        mac.update(bytes, offset, length);
        return this;
    }

    /// The digest; the next one begins anew.
    byte[] value() {
        return mac.doFinal();
    }

    /// Takes the same time wherever they differ.
    boolean is(byte[] expected) {
        return MessageDigest.isEqual(value(), expected);
    }
}
