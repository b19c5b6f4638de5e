package dev.hast.daemon.attachment;

import java.util.List;
import java.util.Optional;

/// Chooses how this machine makes block devices.
public final class Attachments {
    private Attachments() {}

    /// Kernel NBD where the kernel has it, else `nbdfuse` with a loop device.
    ///
    /// @throws AttachmentException when neither can be had, saying what to install
    public static Attachment open(final AttachmentSettings settings) throws AttachmentException {
        final Optional<String> noKernel = KernelNbdAttachment.missing();
        if (noKernel.isEmpty()) {
            return open(settings, AttachmentKind.KERNEL_NBD);
        }
        final List<String> noFuse = NbdfuseAttachment.missing();
        if (noFuse.isEmpty()) {
            return open(settings, AttachmentKind.NBDFUSE_LOOP);
        }
        throw new AttachmentException(
                "this machine can make no block devices. Kernel NBD: "
                        + noKernel.get()
                        + ". nbdfuse lacks "
                        + String.join(", ", noFuse)
                        + ". Load the kernel module nbd, or install libnbd-bin and nbdkit");
    }

    /// One way, without asking whether it works here.
    public static Attachment open(final AttachmentSettings settings, final AttachmentKind kind)
            throws AttachmentException {
        return switch (kind) {
            case KERNEL_NBD -> KernelNbdAttachment.open(settings);
            case NBDFUSE_LOOP -> new NbdfuseAttachment(settings);
        };
    }
}
