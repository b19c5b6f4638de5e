package dev.hast.daemon.attachment;

/// The two ways to make a block device of an export.
public enum AttachmentKind {
    /// The kernel's NBD client. The device survives a restart of the daemon.
    KERNEL_NBD("kernel-nbd"),

    /// `nbdfuse` shows the export as a file, a loop device makes a block device of the file.
    NBDFUSE_LOOP("nbdfuse-loop");

    private final String text;

    AttachmentKind(final String text) {
        this.text = text;
    }

    /// As in status, logs and settings.
    public String text() {
        return text;
    }
}
