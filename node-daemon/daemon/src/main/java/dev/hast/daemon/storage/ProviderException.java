package dev.hast.daemon.storage;

import java.io.IOException;

/// A provider that cannot be made, opened or changed. The message says which, why, and what to do.
public final class ProviderException extends IOException {
    private static final long serialVersionUID = 1L;

    public ProviderException(final String message) {
        super(message);
    }

    public ProviderException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
