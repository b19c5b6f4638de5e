package dev.hast.daemon.node;

import dev.hast.daemon.arbiter.ArbiterKind;
import dev.hast.daemon.arbiter.Arbiters;
import dev.hast.daemon.arbiter.NoArbiter;
import dev.hast.daemon.arbiter.ObservedArbiter;
import dev.hast.daemon.attachment.Attachment;
import dev.hast.daemon.attachment.AttachmentException;
import dev.hast.daemon.attachment.AttachmentSettings;
import dev.hast.daemon.attachment.Attachments;
import dev.hast.daemon.control.ChangeSignal;
import dev.hast.daemon.control.ControlServer;
import dev.hast.daemon.control.EventLog;
import dev.hast.daemon.document.DocumentChanges;
import dev.hast.daemon.document.DocumentSet;
import dev.hast.daemon.document.Documents;
import dev.hast.daemon.document.Endpoint;
import dev.hast.daemon.document.LoadOutcome;
import dev.hast.daemon.document.NodeDocument;
import dev.hast.daemon.document.ResourceDocument;
import dev.hast.daemon.pki.LiveTls;
import dev.hast.daemon.pki.NodeTls;
import dev.hast.daemon.pki.PkiException;
import dev.hast.daemon.replication.LinkBuffers;
import dev.hast.daemon.replication.LinkEndpoint;
import dev.hast.daemon.replication.LinkServer;
import dev.hast.daemon.resource.Resource;
import dev.hast.daemon.resource.ResourceException;
import dev.hast.daemon.resource.ResourceNode;
import dev.hast.daemon.resource.Ticker;
import dev.hast.daemon.storage.BlockBuffers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// hastd: everything of one node. Made from documents, stopped in order.
///
/// Public methods may be called on any thread but the loop's; those that change something are one
/// at a time.
public final class NodeDaemon {

    private static final Logger LOG = LoggerFactory.getLogger(NodeDaemon.class);
    private static final long BUFFER_BYTES_MAX = 192L << 20;
    private static final int EVENTS_KEPT = 1000;
    private static final Duration ARBITER_MAX = Duration.ofSeconds(3);
    private static final Duration STOP_MAX = Duration.ofSeconds(10);

    private final NodeDocument document;
    private final List<Path> documentPaths;
    private final NodeLoop loop;
    private final BlockBuffers blocks = new BlockBuffers(BUFFER_BYTES_MAX);
    private final ExecutorService workers;
    private final ExecutorService blocking;
    private final NodeCounters counters = new NodeCounters();
    private final ObservedArbiter arbiter;
    private final Optional<Attachment> attachment;
    private final Optional<LiveTls> tls;
    private final EventLog events = new EventLog(EVENTS_KEPT);
    private final ChangeSignal changes = new ChangeSignal();
    private final VerifyLog verifies = new VerifyLog();
    private final Hooks hooks;
    private final ResourceNode node;
    private final NodeAddresses addresses;
    private final List<LinkServer> servers = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private volatile Map<String, Resource> resources = Map.of();
    private final PushedDocuments pushed;
    private volatile DocumentSet documents;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private final ControlServer control;
    private final Optional<Monitoring> monitoring;

    /// Starts a node. What cannot work at all is an exception; a resource that cannot run says so
    /// in its status.
    ///
    /// @param devices false to export volumes over NBD only
    public NodeDaemon(
            NodeDocument document, DocumentSet documents, List<Path> documentPaths, boolean devices)
            throws ResourceException, IOException, InterruptedException {
        this.document = document;
        this.documentPaths = List.copyOf(documentPaths);
        pushed = new PushedDocuments(document.directories().state());
        this.documents = withPushed(documents);
        makeDirectories(document);
        loop = new NodeLoop(document.io());
        workers =
                Executors.newFixedThreadPool(
                        Math.max(2, Runtime.getRuntime().availableProcessors()),
                        Thread.ofPlatform().name("hast-hash-", 0).daemon().factory());
        blocking =
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("hast-work-", 0).factory());
        arbiter = arbiter(document);
        attachment = devices ? attachment(document) : Optional.empty();
        tls = tls(document);
        hooks = new Hooks(document.exec());
        final var endpoint =
                new LinkEndpoint(
                        document.name(),
                        loop.group(),
                        loop.serverChannel(),
                        loop.channel(),
                        new LinkBuffers(blocks),
                        counters::link,
                        tls);
        node =
                new ResourceNode(
                        document,
                        loop.loop(),
                        new Ticker(loop.loop()),
                        blocks,
                        workers,
                        blocking,
                        arbiter,
                        attachment,
                        endpoint,
                        new Reports(document.name(), events, changes, hooks, verifies));
        addresses = new NodeAddresses(document, blocking, () -> resources, events, changes);
        startResources();
        listen(endpoint);
        addresses.start(documents);
        control =
                ControlServer.start(
                        new NodeControl(this), document.controlSocket(), counters::control);
        if (document.controlListen().isPresent() && tls.isPresent()) {
            control.listen(document.controlListen().get(), tls.get());
        }
        monitoring =
                document.metricsListen().isPresent()
                        ? Optional.of(new Monitoring(this, document.metricsListen().get()))
                        : Optional.empty();
        LOG.atInfo()
                .addKeyValue("node", document.name())
                .addKeyValue("io", loop.kind())
                .log("hastd runs");
    }

    private DocumentSet withPushed(DocumentSet own) throws ResourceException {
        if (pushed.with(documentPaths).equals(documentPaths)) {
            return own;
        }
        return switch (read()) {
            case LoadOutcome.Loaded(DocumentSet all) -> all;
            case LoadOutcome.Refused refused -> throw new ResourceException(refused.text());
        };
    }

    private static void makeDirectories(NodeDocument document) throws IOException {
        final var directories = document.directories();
        for (Path directory :
                List.of(directories.run(), directories.state(), directories.device())) {
            Files.createDirectories(directory);
        }
        final Path socketDirectory = document.controlSocket().getParent();
        if (socketDirectory != null) {
            Files.createDirectories(socketDirectory);
        }
    }

    private ObservedArbiter arbiter(NodeDocument of) throws IOException {
        final ObservedArbiter opened = new ObservedArbiter(Arbiters.open(of.arbiter()), counters);
        if (opened.kind() == ArbiterKind.NONE) {
            warnings.add(NoArbiter.WARNING);
        }
        return opened;
    }

    private Optional<Attachment> attachment(NodeDocument of) {
        try {
            return Optional.of(
                    Attachments.open(
                            AttachmentSettings.defaults()
                                    .withDirectories(
                                            of.directories().device(),
                                            of.directories().run().resolve("attachment"))));
        } catch (AttachmentException e) {
            warnings.add("volumes are exported over NBD only: " + e.getMessage());
            LOG.atWarn().log("no block devices on this machine: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private static Optional<LiveTls> tls(NodeDocument of) throws ResourceException {
        try {
            return of.tls().isEmpty() ? Optional.empty() : Optional.of(new LiveTls(ownTls(of)));
        } catch (PkiException e) {
            throw new ResourceException(String.valueOf(e.getMessage()), e);
        }
    }

    private static NodeTls ownTls(NodeDocument of) throws PkiException {
        final NodeDocument.TlsFiles files = of.tls().orElseThrow();
        final NodeTls own = NodeTls.load(files, InstantSource.system());
        if (!own.node().equals(of.name())) {
            throw new PkiException(
                    "%s is the certificate of node %s, this is node %s; give this node's own"
                            .formatted(files.cert(), own.node(), of.name()));
        }
        return own;
    }

    private void startResources() {
        final Map<String, Resource> made = new LinkedHashMap<>();
        for (ResourceDocument resource : documents.resourcesOn(document.name())) {
            made.put(resource.name(), new Resource(node, resource));
        }
        resources = made;
        HeapAim.set(made.size());
        CompletableFuture.allOf(
                        made.values().stream()
                                .map(Resource::start)
                                .toArray(CompletableFuture[]::new))
                .join();
        made.values().stream()
                .filter(resource -> !resource.problem().isEmpty())
                .forEach(resource ->
                        LOG.atWarn()
                                .addKeyValue("resource", resource.name())
                                .log("does not run: {}", resource.problem()));
    }

    private void listen(LinkEndpoint endpoint) throws IOException, InterruptedException {
        for (Endpoint address : document.listen()) {
            servers.add(
                    new LinkServer(
                            endpoint,
                            new InetSocketAddress(address.host(), address.port()),
                            (name, from) ->
                                    Optional.ofNullable(resources.get(name))
                                            .flatMap(r -> r.linkFrom(from))));
        }
    }

    // --- what the control API asks ---

    NodeDocument document() {
        return document;
    }

    Map<String, Resource> resources() {
        return resources;
    }

    NodeAddresses addresses() {
        return addresses;
    }

    EventLog events() {
        return events;
    }

    VerifyLog verifies() {
        return verifies;
    }

    ChangeSignal changes() {
        return changes;
    }

    List<String> warnings() {
        final List<String> all = new ArrayList<>(warnings);
        tls.ifPresentOrElse(
                files -> all.addAll(files.now().warnings()),
                () -> all.add("links between nodes are in the clear; add spec.tls"));
        return all;
    }

    Optional<NodeTls> tls() {
        return tls.map(LiveTls::now);
    }

    NodeCounters counters() {
        return counters;
    }

    ObservedArbiter.Health arbiterHealth() {
        return arbiter.health();
    }

    /// Asks the arbiter something, so that what is said of it is of now. Blocks.
    ObservedArbiter.Health askArbiter() {
        final CompletableFuture<Boolean> answered = new CompletableFuture<>();
        // Any name will do: no resource has one with two dots.
        arbiter.read("hast..probe", Runnable::run, outcome -> answered.complete(true));
        try {
            answered.get(ARBITER_MAX.toMillis(), TimeUnit.MILLISECONDS);
            return arbiter.health();
        } catch (java.util.concurrent.TimeoutException e) {
            return new ObservedArbiter.Health(
                    true, false, "no answer within " + ARBITER_MAX.toSeconds() + " s");
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return arbiter.health();
        }
    }

    ArbiterKind arbiterKind() {
        return arbiter.kind();
    }

    String io() {
        return loop.kind();
    }

    BlockBuffers blocks() {
        return blocks;
    }

    String attachmentKind() {
        return attachment.map(a -> a.kind().text()).orElse("none");
    }

    /// Reads the documents again.
    LoadOutcome read() {
        return Documents.load(pushed.with(documentPaths));
    }

    /// Reads this node's own documents again, and those that are pushed now.
    LoadOutcome read(Map<String, String> texts) {
        return Documents.load(documentPaths, texts);
    }

    /// Keeps what was pushed and applied over a restart.
    synchronized void keep(Map<String, String> texts) throws IOException {
        pushed.keep(texts);
    }

    /// What would change.
    DocumentChanges compare(DocumentSet next) {
        return DocumentChanges.between(documents, next, document.name());
    }

    /// Takes over documents that were found good, and reads the TLS files again.
    ///
    /// @throws PkiException when those are not good: then everything stays as it was
    synchronized void apply(DocumentSet next, DocumentChanges differences) throws PkiException {
        final Optional<NodeDocument> own = next.node(document.name());
        if (tls.isPresent() && own.isPresent() && own.get().tls().isPresent()) {
            tls.get().replace(ownTls(own.get()));
        }
        own.ifPresent(now -> hooks.program(now.exec()));
        addresses.leave(
                next,
                differences.resources().stream()
                        .filter(DocumentChanges.Removed.class::isInstance)
                        .map(DocumentChanges.ResourceChange::name)
                        .toList());
        final Map<String, Resource> now = new LinkedHashMap<>(resources);
        for (DocumentChanges.ResourceChange change : differences.resources()) {
            switch (change) {
                case DocumentChanges.Added(ResourceDocument added) -> {
                    final Resource resource = new Resource(node, added);
                    now.put(added.name(), resource);
                    resource.start();
                }
                case DocumentChanges.Removed(ResourceDocument removed) -> {
                    final Resource gone = now.remove(removed.name());
                    if (gone != null) {
                        gone.stop(false, Duration.ZERO);
                    }
                }
                case DocumentChanges.Changed(
                                ResourceDocument before,
                                ResourceDocument after,
                                var fields) -> {
                    final Resource changed = now.get(after.name());
                    if (changed != null) {
                        changed.changed(after);
                    }
                }
            }
        }
        resources = now;
        HeapAim.set(now.size());
        documents = next;
        addresses.apply(next);
        changes.changed();
    }

    /// Reads the documents again and takes them over, all or none; what is wrong with them is
    /// logged.
    public void reload() {
        switch (read()) {
            case LoadOutcome.Refused refused ->
                    LOG.atError().log("the documents stay as they were: {}", refused.text());
            case LoadOutcome.Loaded(DocumentSet next) -> {
                final DocumentChanges differences = compare(next);
                if (differences.isForbidden()) {
                    LOG.atError()
                            .log(
                                    "the documents stay as they were: {}",
                                    String.join("; ", differences.forbidden()));
                } else {
                    try {
                        apply(next, differences);
                        LOG.atInfo()
                                .addKeyValue("changes", differences.resources().size())
                                .log("documents and certificates read again");
                    } catch (PkiException e) {
                        LOG.atError()
                                .log(
                                        "the documents and certificates stay as they were: {}",
                                        e.getMessage());
                    }
                }
            }
        }
    }

    // --- the end ---

    /// Ends as the system wants it to: service addresses first, with what is mounted for them.
    /// Where something else uses a device still, it is a restart.
    public void terminate(Duration hold) {
        final boolean inUse;
        synchronized (this) {
            if (stopped.isDone()) {
                return;
            }
            addresses.stop(false);
            inUse = devicesInUse();
        }
        stop(inUse, hold);
    }

    /// Stops in order. `returning`: the daemon is back at once; primaries stay where they are.
    public synchronized void stop(boolean returning, Duration hold) {
        if (stopped.isDone()) {
            return;
        }
        LOG.atInfo().addKeyValue("returning", returning).log("hastd stops");
        addresses.stop(returning);
        final var all =
                resources.values().stream()
                        .map(resource -> resource.stop(returning, hold))
                        .toArray(CompletableFuture[]::new);
        try {
            CompletableFuture.allOf(all).get(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.ExecutionException
                | java.util.concurrent.TimeoutException e) {
            LOG.atWarn().log("not everything stopped in order: {}", String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        servers.forEach(LinkServer::close);
        control.close();
        monitoring.ifPresent(Monitoring::close);
        hooks.close();
        attachment.ifPresent(Attachment::close);
        arbiter.close();
        loop.close();
        workers.shutdown();
        stopped.complete(null);
    }

    /// Waits until it has been stopped.
    public void awaitStop() {
        stopped.join();
    }

    /// Whether any device of this node is in use: then a stop is a restart, not a failover.
    public boolean devicesInUse() {
        return resources.values().stream().anyMatch(Resource::deviceInUse);
    }
}
