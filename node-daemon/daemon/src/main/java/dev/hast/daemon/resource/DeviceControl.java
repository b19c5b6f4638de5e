package dev.hast.daemon.resource;

import dev.hast.core.replication.Replica;
import dev.hast.daemon.attachment.AttachedDevice;
import dev.hast.daemon.attachment.Attachment;
import dev.hast.daemon.attachment.AttachmentException;
import dev.hast.daemon.attachment.AttachmentRequest;
import dev.hast.daemon.attachment.AttachmentStatus;
import dev.hast.daemon.attachment.DetachMode;
import dev.hast.daemon.attachment.ExportAddress;
import dev.hast.daemon.export.ExportLimits;
import dev.hast.daemon.export.ExportServer;
import dev.hast.daemon.export.ExportSettings;
import dev.hast.daemon.export.ListenAddress;
import io.netty.channel.EventLoop;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The primary's export and the device on it: both are there while this node is primary, and gone
/// when it is not.
///
/// The export is opened and closed on the loop. Attaching and detaching may block, so they run
/// elsewhere, one after the other, until what is there is what is wanted.
final class DeviceControl {

    /// What people see of the device.
    record State(String state, Optional<Path> device, Optional<Path> link, String lastError) {
        static final State NONE = new State("detached", Optional.empty(), Optional.empty(), "");
    }

    private static final long RETRY_NANOS = 2_000_000_000L;

    private final String name;
    private final ResourceNode node;
    private final ReplicaShell shell;
    private final Path socket;
    private @Nullable ExportServer export;
    private boolean closing;
    private boolean listening;
    private boolean working;
    private boolean attached;

    /// Nobody has looked yet whether an earlier daemon left a device.
    private boolean leftoversPossible = true;

    private boolean left;

    private long retryAt = System.nanoTime() - RETRY_NANOS;
    private volatile State state = State.NONE;
    private String resourceId = "";

    DeviceControl(String name, ResourceNode node, ReplicaShell shell) {
        this.name = name;
        this.node = node;
        this.shell = shell;
        this.socket = socketOf(node, name);
    }

    static Path socketOf(ResourceNode node, String name) {
        return node.document().directories().run().resolve(name + ".nbd");
    }

    State state() {
        return state;
    }

    Path socket() {
        return socket;
    }

    /// Brings export and device to what they should be. On the loop, often.
    ///
    /// @param elsewhere the configuration names another primary: a device that an earlier daemon
    ///   left is of no use
    void adjust(boolean wanted, boolean elsewhere, Replica replica) {
        if (left) {
            return;
        }
        if (resourceId.isEmpty()) {
            resourceId = replica.resourceId();
        }
        if (wanted && export == null && !closing) {
            open();
        } else if (!wanted && export != null) {
            closeExport();
        }
        final boolean deviceWanted = wanted && listening;
        final boolean leftover = leftoversPossible && elsewhere;
        if ((deviceWanted != attached || leftover)
                && !working
                && System.nanoTime() - retryAt >= RETRY_NANOS) {
            work(deviceWanted);
        }
    }

    private void open() {
        final EventLoop loop = node.loop();
        final ExportServer opened =
                new ExportServer(
                        loop,
                        new ExportSettings(name, "HAST resource " + name, ExportLimits.DEFAULT),
                        shell.volume(),
                        node.blocks(),
                        shell.times());
        export = opened;
        opened.listen(new ListenAddress.Unix(socket))
                .addListener(done -> {
                    if (export == opened) {
                        listening = done.isSuccess();
                        if (!done.isSuccess()) {
                            failed("the export cannot listen: " + done.cause().getMessage());
                            closeExport();
                        }
                    }
                });
    }

    private void closeExport() {
        final ExportServer closed = export;
        export = null;
        listening = false;
        if (closed != null) {
            closing = true;
            closed.close(Duration.ZERO).addListener(done -> closing = false);
        }
    }

    private void work(boolean attach) {
        final Attachment attachment = node.attachment().orElse(null);
        if (attachment == null) {
            attached = attach;
            return;
        }
        working = true;
        state = new State(attach ? "attaching" : "detaching", state.device(), state.link(), "");
        final String id = resourceId;
        node.blocking()
                .execute(() -> {
                    try {
                        final State done = attach ? attach(attachment, id) : detach(attachment);
                        node.loop().execute(() -> worked(attach, done));
                    } catch (AttachmentException | RuntimeException e) {
                        node.loop()
                                .execute(() -> {
                                    working = false;
                                    failed(String.valueOf(e.getMessage()));
                                });
                    }
                });
    }

    private State attach(Attachment attachment, String id) throws AttachmentException {
        final AttachedDevice device =
                attachment.attach(new AttachmentRequest(name, id, new ExportAddress.Unix(socket)));
        return new State("attached", Optional.of(device.device()), Optional.of(device.link()), "");
    }

    private State detach(Attachment attachment) throws AttachmentException {
        attachment.detach(name, DetachMode.EVEN_IF_USED);
        return State.NONE;
    }

    private void worked(boolean nowAttached, State done) {
        working = false;
        attached = nowAttached;
        leftoversPossible = false;
        state = done;
        node.events().device(name, done.state(), done.device().map(Path::toString).orElse(""));
    }

    private void failed(String cause) {
        retryAt = System.nanoTime();
        state = new State("failed", state.device(), state.link(), cause);
        node.events().device(name, "failed", cause);
    }

    /// Who holds the device; empty when nobody does. Blocks: not on the loop.
    Optional<AttachmentStatus> inUse() {
        try {
            final Optional<AttachmentStatus> status =
                    node.attachment().isPresent()
                            ? node.attachment().get().status(name)
                            : Optional.empty();
            return status.filter(AttachmentStatus::inUse);
        } catch (AttachmentException e) {
            return Optional.empty();
        }
    }

    /// Tells the device that the volume has grown. Blocks: not on the loop.
    void resize(long size) throws AttachmentException {
        if (node.attachment().isPresent() && attached) {
            node.attachment().get().resize(name, size);
        }
    }

    /// Ends the export for good and leaves the device where it is: the next daemon finds it again.
    /// Before the replica stops, because the errors that it then answers must not reach the device:
    /// the kernel sends requests without an answer again, an error goes to the file system.
    void leave() {
        left = true;
        closeExport();
    }

    /// As [#remove], on a thread that may block; then completes `done`, whatever came of it.
    void removeElsewhere(CompletableFuture<Void> done) {
        node.blocking()
                .execute(() -> {
                    try {
                        remove();
                    } catch (AttachmentException e) {
                        node.events().device(name, "failed", String.valueOf(e.getMessage()));
                    }
                    done.complete(null);
                });
    }

    /// Takes the device away. Blocks: not on the loop.
    void remove() throws AttachmentException {
        if (node.attachment().isPresent() && attached) {
            node.attachment().get().detach(name, DetachMode.EVEN_IF_USED);
        }
    }
}
