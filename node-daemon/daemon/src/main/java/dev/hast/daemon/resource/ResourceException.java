package dev.hast.daemon.resource;

/// Something that was asked of a resource cannot be done; the message says what, where and what to
/// do.
public final class ResourceException extends Exception {

    private static final long serialVersionUID = 1L;

    public ResourceException(String message) {
        super(message);
    }

    public ResourceException(String message, Throwable cause) {
        super(message, cause);
    }
}
