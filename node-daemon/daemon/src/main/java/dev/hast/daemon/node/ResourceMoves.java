package dev.hast.daemon.node;

import dev.hast.control.v1.Failover;
import dev.hast.control.v1.HandOverRequest;
import dev.hast.control.v1.HandOverResponse;
import dev.hast.control.v1.SetRoleRequest;
import dev.hast.core.replication.ReplicaStatus;
import dev.hast.daemon.control.ControlException;
import dev.hast.daemon.control.ControlException.Reason;
import dev.hast.daemon.resource.Resource;
import dev.hast.daemon.resource.ResourceException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// A person's orders to move a resource, with the addresses that follow it. Blocks.
final class ResourceMoves {

    private static final Duration ORDER_MAX = Duration.ofSeconds(30);

    private final NodeDaemon daemon;

    ResourceMoves(NodeDaemon daemon) {
        this.daemon = daemon;
    }

    /// A resource that an address here follows leaves with it, or not at all: its guard has to be
    /// closed before the storage moves.
    CompletableFuture<?> setRole(Resource resource, SetRoleRequest request)
            throws ControlException {
        switch (request.getRole()) {
            case ROLE_SECONDARY -> {
                final var moved = daemon.addresses().handOver(resource.name(), Optional.empty());
                if (moved.isPresent()) {
                    return moved.get();
                }
            }
            case ROLE_INIT -> daemon.addresses().refuseIfHeldWith(resource.name());
            case ROLE_PRIMARY, ROLE_UNSPECIFIED, UNRECOGNIZED -> {}
        }
        return byItself(resource, request);
    }

    private static CompletableFuture<?> byItself(Resource resource, SetRoleRequest request) {
        return switch (request.getRole()) {
            case ROLE_PRIMARY -> resource.promote(request.getForce());
            case ROLE_SECONDARY ->
                    resource.isOff() ? resource.switchOn() : resource.demote(request.getForce());
            case ROLE_INIT -> resource.switchOff();
            case ROLE_UNSPECIFIED, UNRECOGNIZED ->
                    CompletableFuture.failedFuture(
                            new ResourceException("name a role: init, secondary or primary"));
        };
    }

    HandOverResponse handOver(Resource resource, HandOverRequest request)
            throws ControlException, InterruptedException {
        final Optional<String> wanted =
                Optional.of(request.getTo()).filter(name -> !name.isEmpty());
        final long begun = System.nanoTime();
        final int limit = request.getTimeoutMs() == 0 ? 10_000 : request.getTimeoutMs();
        final var withAddress = daemon.addresses().handOver(resource.name(), wanted);
        final String to;
        final String message;
        if (withAddress.isPresent()) {
            to = NodeControl.await(withAddress.get(), Duration.ofMillis(limit));
            message = "with the address that follows it";
        } else {
            to = wanted.isPresent() ? wanted.get() : anyInSync(resource);
            message = NodeControl.await(resource.handOver(to, false), Duration.ofMillis(limit));
        }
        return HandOverResponse.newBuilder()
                .setHandOver(
                        Failover.newBuilder()
                                .setFrom(daemon.document().name())
                                .setTo(to)
                                .setReason(message)
                                .setAtMs(System.currentTimeMillis())
                                .setTotalUs((System.nanoTime() - begun) / 1000))
                .build();
    }

    private static String anyInSync(Resource resource)
            throws ControlException, InterruptedException {
        final ReplicaStatus status =
                NodeControl.await(
                        resource.ask(replica -> replica.status(System.nanoTime())), ORDER_MAX);
        return status.peers().stream()
                .filter(peer -> peer.inSync() && peer.connected())
                .map(ReplicaStatus.Peer::node)
                .findFirst()
                .orElseThrow(() ->
                        new ControlException(
                                Reason.REFUSED,
                                "%s: no other replica is in sync and connected; wait for the resync"
                                        .formatted(resource.name())));
    }
}
