package dev.hast.core.metadata;

/// The provider was written by software that this one does not understand. Nothing is changed on
/// it.
public final class UnsupportedFormatException extends Exception {

    private static final long serialVersionUID = 1L;

    public UnsupportedFormatException(String message) {
        super(message);
    }
}
