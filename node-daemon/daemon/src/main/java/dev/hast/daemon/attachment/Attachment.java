package dev.hast.daemon.attachment;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Makes block devices of exports. One instance serves all resources of a node.
///
/// Threads: every method may block (each states how long) and may be called from any thread but an
/// event loop; calls about one name wait for each other, calls about different names do not. The
/// export must be served by *another* thread than the caller's, because attaching reads from it.
///
/// Devices outlive this object on purpose: [#close()] only stops watching them, so that a file
/// system stays mounted while the daemon restarts. Taking a device away is [#detach].
public interface Attachment extends AutoCloseable {

    /// How this instance makes devices.
    AttachmentKind kind();

    /// Makes the device and publishes it, or finds the one that an earlier daemon made for the same
    /// resource and connects it again. Calling it for a device that is there and connected changes
    /// nothing. A newer attachment generation is claimed at the export each time a link is made
    /// anew, so a half-open link of before is fenced.
    ///
    /// Takes at most [AttachmentSettings#attachTimeout()].
    AttachedDevice attach(AttachmentRequest request) throws AttachmentException;

    /// Withdraws `/dev/hast/NAME` and takes the device away. Nothing attached under that name is
    /// success.
    ///
    /// Takes at most [AttachmentSettings#detachTimeout()], whatever the export does. When it fails,
    /// the device may be gone in part; call it again.
    ///
    /// @throws DeviceInUseException with [DetachMode#IF_UNUSED], naming who holds it
    void detach(String name, DetachMode mode) throws AttachmentException;

    /// What is attached under a name; empty when nothing is. Reads only what the kernel knows,
    /// never the device, so it does not wait for the export.
    Optional<AttachmentStatus> status(String name) throws AttachmentException;

    /// Tells the device that the volume has grown to `size` bytes.
    ///
    /// @throws AttachmentException where the device must be attached anew for that
    void resize(String name, long size) throws AttachmentException;

    /// Takes away what an earlier daemon has left, except for the names in `wanted`. A leftover
    /// that is in use stays and is reported.
    ///
    /// @return those that stay
    List<AttachmentStatus> removeLeftovers(Set<String> wanted) throws AttachmentException;

    /// Stops watching. Devices stay as they are.
    @Override
    void close();
}
