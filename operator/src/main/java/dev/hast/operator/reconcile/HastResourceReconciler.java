package dev.hast.operator.reconcile;

import dev.hast.crds.v1alpha1.HastResource;
import dev.hast.crds.v1alpha1.HastResourceStatus;
import dev.hast.operator.daemons.Daemons;
import dev.hast.operator.plan.Deletion;
import dev.hast.operator.plan.Observed;
import dev.hast.operator.plan.Observed.Link;
import dev.hast.operator.plan.Wanted;
import dev.hast.operator.plan.Wanted.Volume;
import dev.hast.operator.status.ResourceStatuses;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Writes the status of a `HastResource`, and holds its finalizer until the daemons have let go.
/// Documents are not sent from here: a node gets those of all its resources at once.
@ControllerConfiguration(
        name = "hastresource",
        finalizerName = HastResourceReconciler.FINALIZER,
        fieldManager = HastResourceReconciler.FIELD_OWNER)
public final class HastResourceReconciler
        implements Reconciler<HastResource>, Cleaner<HastResource> {

    static final String FINALIZER = "hast.dev/operator";
    static final String FIELD_OWNER = "hast-operator";

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final Cluster cluster;
    private final Daemons daemons;
    private final Announcements announcements;

    /// What the deletion of each was said to wait for.
    private final Map<String, String> waiting = new ConcurrentHashMap<>();

    private final SimpleInboundEventSource<HastResource> news =
            new SimpleInboundEventSource<>("daemons");

    /// @param announcements where transitions are told
    HastResourceReconciler(Cluster cluster, Daemons daemons, Announcements announcements) {
        this.cluster = cluster;
        this.daemons = daemons;
        this.announcements = announcements;
    }

    @Override
    public List<EventSource<?, HastResource>> prepareEventSources(
            EventSourceContext<HastResource> context) {
        return List.of(news);
    }

    /// Something new is known of these.
    void look(Set<String> names) {
        names.forEach(name -> news.propagateEvent(new ResourceID(name)));
    }

    @Override
    public UpdateControl<HastResource> reconcile(
            HastResource resource, Context<HastResource> context) {
        final Optional<Wanted> wanted = cluster.wanted();
        final Observed observed = daemons.observed();
        final Volume volume = Cluster.volume(resource);
        if (wanted.isEmpty() || isUnheard(volume, wanted.get(), observed)) {
            return UpdateControl.<HastResource>noUpdate().rescheduleAfter(LOOK_AGAIN);
        }
        final Optional<HastResourceStatus> before = Optional.ofNullable(resource.getStatus());
        final HastResourceStatus status =
                ResourceStatuses.of(volume, wanted.get(), observed, before, Instant.now());
        if (before.equals(Optional.of(status))) {
            return UpdateControl.noUpdate();
        }
        tell(resource, before, status);
        return UpdateControl.patchStatus(with(resource, status));
    }

    /// Of a daemon that has neither answered nor failed to, nothing is said.
    private static boolean isUnheard(Volume volume, Wanted wanted, Observed observed) {
        return volume.nodes().stream()
                .filter(wanted.addresses()::containsKey)
                .anyMatch(node -> observed.on(node).link() == Link.UNKNOWN);
    }

    /// Only what is ours: the rest of the object is other people's.
    private static HastResource with(HastResource resource, HastResourceStatus status) {
        final HastResource ours = new HastResource();
        ours.setMetadata(new ObjectMetaBuilder().withName(Cluster.nameOf(resource)).build());
        ours.setStatus(status);
        return ours;
    }

    private void tell(
            HastResource about, Optional<HastResourceStatus> before, HastResourceStatus now) {
        final String was = before.map(HastResourceStatus::state).orElse("");
        final String is = String.valueOf(now.state());
        if (!is.equals(was)) {
            final String words =
                    "%s on %s, %s in sync%s"
                            .formatted(
                                    is,
                                    now.primary() == null ? "no node" : now.primary(),
                                    now.inSyncOf() == null ? "none" : now.inSyncOf(),
                                    now.reason() == null ? "" : ": " + now.reason());
            if (is.equals("Serving") || is.equals("Pending") || is.equals("Starting")) {
                announcements.normal(about, is, words);
            } else {
                announcements.warning(about, is, words);
            }
        }
        final Optional<String> from = before.map(HastResourceStatus::primary);
        if (from.isPresent() && now.primary() != null && !from.get().equals(now.primary())) {
            announcements.normal(
                    about,
                    "Moved",
                    "primary moved from %s to %s".formatted(from.get(), now.primary()));
        }
    }

    @Override
    public DeleteControl cleanup(HastResource resource, Context<HastResource> context) {
        final Optional<Wanted> wanted = cluster.wanted();
        daemons.look();
        if (wanted.isEmpty()) {
            return DeleteControl.noFinalizerRemoval().rescheduleAfter(LOOK_AGAIN.toMillis());
        }
        final List<String> users = new ArrayList<>();
        cluster.followers(Cluster.nameOf(resource)).forEach(name -> users.add("VirtualIP " + name));
        final Duration since =
                Duration.between(
                        Instant.parse(resource.getMetadata().getDeletionTimestamp()),
                        Instant.now());
        return switch (Deletion.of(
                Cluster.volume(resource), wanted.get(), daemons.observed(), users, since)) {
            case Deletion.Wait(String reason, String words) -> {
                if (!words.equals(waiting.put(Cluster.nameOf(resource), words))) {
                    announcements.normal(resource, reason, "deletion waits: " + words);
                }
                yield DeleteControl.noFinalizerRemoval().rescheduleAfter(LOOK_AGAIN.toMillis());
            }
            case Deletion.Release(List<String> passedOver) -> {
                waiting.remove(Cluster.nameOf(resource));
                if (!passedOver.isEmpty()) {
                    announcements.warning(
                            resource,
                            "PassedOver",
                            "deleted without word from %s; its daemon gives the resource up when it is heard again"
                                    .formatted(String.join(", ", passedOver)));
                }
                yield DeleteControl.defaultDelete();
            }
        };
    }
}
