package dev.hast.daemon.attachment;

/// What detaching does to a device that is in use.
public enum DetachMode {
    /// It is refused.
    IF_UNUSED,

    /// Whoever uses it gets I/O errors from now on. For a node that has lost the resource: its
    /// writes could not be acknowledged any more.
    EVEN_IF_USED
}
