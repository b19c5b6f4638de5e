package dev.hast.daemon.pki;

import java.io.IOException;

/// A certificate, key or list that can't be used or made. The message says which file, what is
/// wrong with it and what to do.
public final class PkiException extends IOException {

    private static final long serialVersionUID = 1L;

    public PkiException(String message) {
        super(message);
    }

    public PkiException(String message, Throwable cause) {
        super(message, cause);
    }
}
