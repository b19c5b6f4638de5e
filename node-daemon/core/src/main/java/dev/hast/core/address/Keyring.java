package dev.hast.core.address;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The keys that sign trailers: those that are accepted, and the one of them that is sent.
///
/// A key is replaced in three steps, each on all nodes before the next: [#accepting] the new one,
/// [#sending] it, [#dropping] the old one. Nodes one step apart understand each other.
///
/// @param sending the id of the key that signs
/// @param accepted 1 to [#KEYS_MAX] keys with different ids
public record Keyring(int sending, List<Key> accepted) {

    public static final int KEYS_MAX = 8;

    /// The id of the key that is made from the password.
    public static final int PASSWORD_KEY = 0;

    public Keyring {
        accepted = List.copyOf(accepted);
        final long ids = accepted.stream().mapToInt(Key::id).distinct().count();
        if (accepted.isEmpty() || accepted.size() > KEYS_MAX || ids != accepted.size()) {
            throw new IllegalArgumentException(
                    "there are 1 to " + KEYS_MAX + " keys, each with an id of its own");
        }
        final int wanted = sending;
        if (accepted.stream().noneMatch(key -> key.id() == wanted)) {
            throw new IllegalArgumentException(
                    "the key that signs, " + sending + ", is not among the accepted ones");
        }
    }

    /// What a group without keys of its own uses.
    public static Keyring of(Password password) {
        final byte[] made =
                Digest.hmacSha256("hast-carp-password".getBytes(StandardCharsets.US_ASCII))
                        .update(password.bytes())
                        .value();
        return new Keyring(PASSWORD_KEY, List.of(new Key(PASSWORD_KEY, made)));
    }

    /// Step 1.
    public Keyring accepting(Key key) {
        final List<Key> more = new ArrayList<>(accepted);
        more.add(key);
        return new Keyring(sending, more);
    }

    /// Step 2.
    public Keyring sending(int id) {
        return new Keyring(id, accepted);
    }

    /// Step 3.
    public Keyring dropping(int id) {
        return new Keyring(sending, accepted.stream().filter(key -> key.id() != id).toList());
    }

    Key signing() {
        final Key key = find(sending);
        if (key == null) {
            throw new IllegalStateException("no key " + sending);
        }
        return key;
    }

    @Nullable Key find(int id) {
        for (Key key : accepted) {
            if (key.id() == id) {
                return key;
            }
        }
        return null;
    }

    /// One key.
    public static final class Key {

        public static final int BYTES_MIN = 16;
        public static final int BYTES_MAX = 64;

        private final int id;
        private final byte[] bytes;

        /// @param id 0 to 255
        /// @param bytes [#BYTES_MIN] to [#BYTES_MAX], random
        public Key(int id, byte[] bytes) {
            if (id < 0 || id > 255) {
                throw new IllegalArgumentException("a key id is 0 to 255, not " + id);
            }
            if (bytes.length < BYTES_MIN || bytes.length > BYTES_MAX) {
                throw new IllegalArgumentException(
                        "a key has %d to %d bytes, key %d has %d"
                                .formatted(BYTES_MIN, BYTES_MAX, id, bytes.length));
            }
            this.id = id;
            this.bytes = bytes.clone();
        }

        public int id() {
            return id;
        }

        byte[] bytes() {
            return bytes.clone();
        }

        /// Not the key.
        @Override
        public String toString() {
            return "Key " + id;
        }
    }
}
