package dev.hast.daemon.attachment;

import java.io.IOException;

/// Attaching or detaching failed. The message says of which resource, what failed and what to do.
public class AttachmentException extends IOException {
    private static final long serialVersionUID = 1L;

    public AttachmentException(final String message) {
        super(message);
    }

    public AttachmentException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
