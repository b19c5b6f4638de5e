package dev.hast.daemon.resource;

import dev.hast.core.replication.AdminAnswer;
import dev.hast.core.replication.Replica;
import dev.hast.core.replication.ReplicaSettings;
import dev.hast.core.replication.ReplicaStatus;
import dev.hast.core.replication.Report;
import dev.hast.core.replication.Role;
import dev.hast.daemon.arbiter.ArbiterKind;
import dev.hast.daemon.arbiter.ConfigurationRegister;
import dev.hast.daemon.document.ByteCount;
import dev.hast.daemon.document.ResourceDocument;
import dev.hast.daemon.replication.LinkListener;
import dev.hast.daemon.storage.LocalProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A resource on this node: its provider, replica, links, export and device, and the orders that
/// people give.
///
/// Public methods may be called on any thread; what they do happens on the node's loop.
public final class Resource {

    private static final long LOOK_NANOS = 1_000_000_000L;

    private final ResourceNode node;
    private final ProviderMaker maker;
    private volatile ResourceDocument document;
    private volatile String problem = "";
    private final Follower follower = new Follower();
    private final PeerNotes notes;

    // On the loop.
    private @Nullable ReplicaShell shell;
    private volatile @Nullable DeviceControl device;
    private @Nullable LocalProvider provider;
    private final PeerDialers dialers;
    private final FailoverClock failovers;
    private final DocumentWishes wishes;
    private long lookedAt;
    private volatile boolean stopped;
    private boolean off;

    public Resource(ResourceNode node, ResourceDocument document) {
        this.node = node;
        this.document = document;
        this.notes = new PeerNotes(node.loop());
        this.maker = new ProviderMaker(node.loop(), node.blocks());
        this.failovers =
                new FailoverClock(node.name(), peer -> shell == null ? 0 : shell.heardAt(peer));
        this.dialers = new PeerDialers(node);
        this.wishes = new DocumentWishes(node, to -> handOver(to, false));
    }

    public String name() {
        return document.name();
    }

    public ResourceDocument document() {
        return document;
    }

    /// Why there is no replica here; empty when there is one.
    public String problem() {
        return problem;
    }

    private boolean arbitrated() {
        return node.arbiter().kind() != ArbiterKind.NONE;
    }

    // --- life ---

    /// Opens the provider and begins. Completes when the replica runs, or when it is known why not
    /// ([#problem]).
    public CompletableFuture<Void> start() {
        final Path path;
        try {
            path = ProviderMaker.place(document, node.name());
        } catch (ResourceException e) {
            problem = String.valueOf(e.getMessage());
            return CompletableFuture.completedFuture(null);
        }
        return maker.open(name(), node.name(), path)
                .thenAcceptAsync(
                        found -> {
                            if (found.isPresent()) {
                                run(found.get());
                            } else {
                                problem =
                                        "%s holds no replica yet; `hastctl create %s` makes one"
                                                .formatted(path, name());
                            }
                        },
                        node.loop())
                .exceptionally(failure -> {
                    problem = String.valueOf(ProviderMaker.causeOf(failure).getMessage());
                    return null;
                });
    }

    private void run(ProviderMaker.Opened opened) {
        final ReplicaSettings settings =
                ResourceSettings.of(document, node.name(), arbitrated(), List.of());
        final long incarnation;
        try {
            incarnation = Incarnation.of(settings.mode());
        } catch (ResourceException e) {
            problem = String.valueOf(e.getMessage());
            opened.provider().close();
            return;
        }
        final ReplicaShell made =
                new ReplicaShell(
                        new ReplicaShell.Environment(
                                node.loop(),
                                node.ticker(),
                                node.blocks(),
                                opened.access(),
                                new ConfigurationRegister(node.arbiter(), name(), node.loop()),
                                node.workers(),
                                notes,
                                this::reported),
                        settings,
                        document.replication(),
                        opened.stored(),
                        incarnation);
        provider = opened.provider();
        shell = made;
        device = new DeviceControl(name(), node, made);
        problem = "";
        off = false;
        made.onTick(this::look);
        made.start();
        dial();
    }

    private void dial() {
        final ReplicaShell listener = shell;
        if (listener != null) {
            dialers.dial(document, listener);
        }
    }

    /// Takes a link that `from` has opened; empty when there is no replica here or `from` is no
    /// peer. On the loop.
    public Optional<LinkListener> linkFrom(String from) {
        return shell != null
                        && !off
                        && !from.equals(node.name())
                        && document.replicaOn(from).isPresent()
                ? Optional.of(shell)
                : Optional.empty();
    }

    /// What has to be looked after from time to time. On the loop.
    private void look() {
        final ReplicaShell running = shell;
        final DeviceControl itsDevice = device;
        if (running == null || itsDevice == null || stopped) {
            return;
        }
        final Replica replica = running.replica();
        follower.look(replica);
        final boolean primary = replica.role() == Role.PRIMARY;
        if (primary && replica.serving()) {
            failovers.serving();
        }
        itsDevice.adjust(
                primary && (failovers.hasServed() || replica.serving()),
                replica.isElsewhere(),
                replica);
        if (itsDevice.state().state().equals("attached")) {
            failovers.attached();
        }
        final long now = System.nanoTime();
        if (now - lookedAt < LOOK_NANOS) {
            return;
        }
        lookedAt = now;
        wishes.look(document, running);
    }

    /// Who follows this resource, and how it stands for them.
    public Follower follower() {
        return follower;
    }

    public PeerNotes notes() {
        return notes;
    }

    /// The device, when it is there.
    public Optional<Path> devicePath() {
        final DeviceControl itsDevice = device;
        return itsDevice == null ? Optional.empty() : itsDevice.state().link();
    }

    private void reported(Report report) {
        failovers.reported(report);
        node.events().reported(name(), report);
    }

    // --- orders ---

    /// Runs something on the loop with the replica; fails when there is none.
    public <T> CompletableFuture<T> ask(Function<Replica, T> question) {
        return onLoop().thenApply(running -> {
            final T answer = question.apply(running.replica());
            return answer;
        });
    }

    private CompletableFuture<ReplicaShell> onLoop() {
        return CompletableFuture.supplyAsync(() -> shell, node.loop())
                .thenCompose(running ->
                        running == null || off
                                ? CompletableFuture.failedFuture(
                                        new ResourceException(
                                                problem.isEmpty()
                                                        ? name() + " is off on this node"
                                                        : problem))
                                : CompletableFuture.completedFuture(running));
    }

    /// An order of [Replica] that is answered later.
    @FunctionalInterface
    public interface Order {
        void give(Replica replica, AdminAnswer answer, long now);
    }

    /// Gives an order; the future has its message, or fails with a [ResourceException].
    public CompletableFuture<String> order(Order order) {
        return onLoop().thenComposeAsync(
                        running -> {
                            final CompletableFuture<String> answered = new CompletableFuture<>();
                            order.give(
                                    running.replica(),
                                    (accepted, message) -> {
                                        if (accepted) {
                                            answered.complete(message);
                                        } else {
                                            answered.completeExceptionally(
                                                    new ResourceException(name() + ": " + message));
                                        }
                                    },
                                    running.enter());
                            running.leave();
                            return answered;
                        },
                        node.loop());
    }

    /// Moves the primary. Refused while something uses the device, unless `evenIfUsed`.
    public CompletableFuture<String> handOver(String to, boolean evenIfUsed) {
        return deviceFree(evenIfUsed)
                .thenCompose(nothing ->
                        order((replica, answer, now) -> {
                            failovers.planned();
                            replica.handOver(to, answer, now);
                        }));
    }

    private CompletableFuture<Void> deviceFree(boolean evenIfUsed) {
        return CompletableFuture.supplyAsync(() -> device, node.loop())
                .thenAcceptAsync(
                        itsDevice -> {
                            final var users =
                                    itsDevice == null || evenIfUsed
                                            ? Optional.empty()
                                            : itsDevice.inUse();
                            if (users.isPresent()) {
                                throw new java.util.concurrent.CompletionException(
                                        new ResourceException(
                                                "the device of %s is in use on this node: %s; unmount it first"
                                                        .formatted(name(), users.get())));
                            }
                        },
                        node.blocking());
    }

    /// Whether something on this node uses the device. Blocks: not on the loop.
    public boolean deviceInUse() {
        final DeviceControl itsDevice =
                CompletableFuture.supplyAsync(() -> device, node.loop()).join();
        return itsDevice != null && itsDevice.inUse().isPresent();
    }

    public CompletableFuture<String> promote(boolean force) {
        return CompletableFuture.supplyAsync(() -> shell != null && off, node.loop())
                .thenCompose(
                        wasOff -> wasOff ? switchOn() : CompletableFuture.completedFuture(null))
                .thenCompose(nothing ->
                        order((replica, answer, now) -> {
                            failovers.planned();
                            if (replica.isBlank()) {
                                replica.initialise(
                                        DocumentWishes.size(document, replica), answer, now);
                            } else if (replica.role() == Role.PRIMARY) {
                                answer.answered(true, "primary already");
                            } else {
                                replica.promote(force, answer, now);
                            }
                        }));
    }

    public CompletableFuture<String> demote(boolean evenIfUsed) {
        return deviceFree(evenIfUsed)
                .thenCompose(
                        nothing -> order((replica, answer, now) -> replica.demote(answer, now)));
    }

    /// The role `init`: neither served nor replicated on this node until a role is set again.
    public CompletableFuture<Void> switchOff() {
        return deviceFree(false)
                .thenCompose(nothing -> stop(false, Duration.ZERO))
                .thenRunAsync(() -> off = true, node.loop());
    }

    /// Ends the role `init`.
    public CompletableFuture<Void> switchOn() {
        return CompletableFuture.runAsync(() -> stopped = false, node.loop())
                .thenCompose(nothing -> start());
    }

    public boolean isOff() {
        return off;
    }

    /// What `create` has made.
    public record Created(Path provider, long capacity, int extentBytes) {}

    public CompletableFuture<Created> create(int extentBytes, long volumeBytes, boolean force) {
        final Path path;
        try {
            path = ProviderMaker.place(document, node.name());
        } catch (ResourceException e) {
            return CompletableFuture.failedFuture(e);
        }
        final int extent = extentBytes == 0 ? (int) document.extentSize().bytes() : extentBytes;
        final long volume =
                volumeBytes == 0
                        ? document.size().map(size -> size.bytes()).orElse(0L)
                        : volumeBytes;
        final var wish = new ProviderMaker.Wish(document, node.name(), path, extent, volume, force);
        return CompletableFuture.supplyAsync(() -> shell != null && !stopped, node.loop())
                .thenCompose(runs ->
                        !runs
                                ? CompletableFuture.completedFuture(null)
                                : force
                                        ? stop(false, Duration.ZERO)
                                        : CompletableFuture.failedFuture(
                                                new ResourceException(
                                                        "%s has a replica on this node already; its data would be lost: `hastctl create --force` makes it anew"
                                                                .formatted(name()))))
                .thenComposeAsync(nothing -> maker.create(wish), node.blocking())
                .thenApplyAsync(
                        opened -> {
                            stopped = false;
                            run(opened);
                            final ReplicaShell running = shell;
                            return new Created(
                                    path,
                                    running == null ? 0 : running.replica().capacity(),
                                    extent);
                        },
                        node.loop());
    }

    /// Makes the provider (if it is a file, and smaller) and then the volume larger.
    public CompletableFuture<String> grow(long size) {
        return enlarge(size)
                .thenCompose(nothing ->
                        order((replica, answer, now) -> replica.grow(size, answer, now)));
    }

    private CompletableFuture<Void> enlarge(long size) {
        return CompletableFuture.supplyAsync(
                        () -> {
                            final LocalProvider opened = provider;
                            final ReplicaShell running = shell;
                            return opened == null || running == null
                                    ? CompletableFuture.<Void>completedFuture(null)
                                    : new ProviderGrowth(opened, running).to(size);
                        },
                        node.loop())
                .thenCompose(enlarged -> enlarged);
    }

    /// Takes over a changed document.
    public CompletableFuture<Void> changed(ResourceDocument next) {
        return CompletableFuture.runAsync(() -> change(next), node.loop())
                .thenCompose(done -> enlarge(next.size().map(ByteCount::bytes).orElse(0L)));
    }

    private void change(ResourceDocument next) {
        final ResourceDocument before = document;
        document = next;
        final ReplicaShell running = shell;
        if (running != null && !stopped) {
            running.settings(
                    ResourceSettings.of(next, node.name(), arbitrated(), running.peers()),
                    next.replication());
            dial();
            wishes.changed(before, next, running);
        }
    }

    /// Leaves in order. `returning`: the daemon will be back at once, and the device stays.
    public CompletableFuture<Void> stop(boolean returning, Duration hold) {
        final CompletableFuture<Void> done = new CompletableFuture<>();
        node.loop()
                .execute(() -> {
                    final ReplicaShell running = shell;
                    if (running == null || stopped) {
                        done.complete(null);
                        return;
                    }
                    final DeviceControl itsDevice = device;
                    if (itsDevice != null) {
                        itsDevice.leave();
                    }
                    running.replica()
                            .stop(
                                    returning,
                                    hold.toNanos(),
                                    (accepted, message) -> left(running, returning, done),
                                    running.enter());
                    running.leave();
                });
        return done;
    }

    private void left(ReplicaShell running, boolean returning, CompletableFuture<Void> done) {
        stopped = true;
        follower.gone();
        dialers.stop();
        final DeviceControl itsDevice = device;
        // The goodbye is on its way: let it leave before the links are closed.
        node.loop()
                .schedule(
                        () -> {
                            running.end();
                            final LocalProvider closing = provider;
                            shell = null;
                            provider = null;
                            problem = name() + " is off on this node";
                            if (closing == null) {
                                done.complete(null);
                                return;
                            }
                            closing.close();
                            closing.closed()
                                    .addListener(closed -> {
                                        if (itsDevice == null || returning) {
                                            done.complete(null);
                                        } else {
                                            itsDevice.removeElsewhere(done);
                                        }
                                    });
                        },
                        20,
                        TimeUnit.MILLISECONDS);
    }

    // --- looking ---

    public CompletableFuture<ResourceView> view() {
        return CompletableFuture.supplyAsync(this::viewNow, node.loop());
    }

    private ResourceView viewNow() {
        final ReplicaShell running = shell;
        final DeviceControl itsDevice = device;
        final Optional<ReplicaStatus> status =
                running == null || stopped
                        ? Optional.empty()
                        : Optional.of(running.replica().status(System.nanoTime()));
        return new ResourceView(
                document,
                problem,
                off,
                status,
                status.map(ReplicaStatus::configuration),
                itsDevice == null ? null : itsDevice.state(),
                running == null ? null : running.statistics(),
                running == null ? null : running.times(),
                dialers.errors(),
                running == null ? Map.of() : running.queuedBytes(),
                failovers.last(),
                running == null ? 0 : running.dataOffset());
    }
}
