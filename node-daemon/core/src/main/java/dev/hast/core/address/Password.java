package dev.hast.core.address;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The password that all nodes of a group share, as `pass` of ifconfig and UCarp.
public final class Password {

    public static final int BYTES_MAX = 19;

    private final byte[] bytes;

    /// @param text 1 to [#BYTES_MAX] bytes in UTF-8
    public Password(String text) {
        bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a CARP password has 1 to %d bytes, this one has %d; choose another on all nodes"
                            .formatted(BYTES_MAX, bytes.length));
        }
    }

    byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Password password && Arrays.equals(bytes, password.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /// Not the password.
    @Override
    public String toString() {
        return "Password";
    }
}
