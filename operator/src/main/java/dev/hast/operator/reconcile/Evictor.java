package dev.hast.operator.reconcile;

import dev.hast.crds.v1alpha1.HastResource;
import dev.hast.crds.v1alpha1.HastResourceStatus;
import dev.hast.operator.daemons.Daemons;
import dev.hast.operator.failover.Evictions;
import dev.hast.operator.failover.Evictions.Detach;
import dev.hast.operator.failover.Evictions.Evict;
import dev.hast.operator.failover.Evictions.Keep;
import dev.hast.operator.failover.Evictions.Lost;
import dev.hast.operator.failover.Uses.Attached;
import dev.hast.operator.failover.Uses.Running;
import dev.hast.operator.plan.Observed;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out the Kubernetes half of failover, one pass at a time on a thread of its own. As long
/// as no node has lost an attached volume a pass asks the API server for nothing.
final class Evictor implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Evictor.class);

    /// Also without news: a pass may have failed.
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

    private final KubernetesClient client;
    private final Cluster cluster;
    private final Daemons daemons;
    private final Announcements announcements;
    private final BooleanSupplier leading;
    private final VolumeUses uses;
    private final Semaphore news = new Semaphore(0);
    private final Thread thread = Thread.ofVirtual().name("evictor").unstarted(this::run);

    /// What was said of pods that stay, so that it is said once.
    private final Set<String> said = new HashSet<>();

    Evictor(
            KubernetesClient client,
            Cluster cluster,
            Daemons daemons,
            Announcements announcements,
            BooleanSupplier leading) {
        this.client = client;
        this.cluster = cluster;
        this.daemons = daemons;
        this.announcements = announcements;
        this.leading = leading;
        this.uses = new VolumeUses(client);
    }

    /// Returns when all attachments are read.
    void start() {
        uses.start(this::look);
        thread.start();
    }

    /// Something may have to be done.
    void look() {
        news.release();
    }

    private void run() {
        while (true) {
            try {
                final boolean any = news.tryAcquire(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
                if (any) {
                    news.drainPermits();
                }
                if (leading.getAsBoolean()) {
                    pass();
                }
            } catch (InterruptedException e) {
                return;
            } catch (KubernetesClientException e) {
                LOG.atWarn().log("pods of a lost node cannot be looked at: {}", e.getMessage());
            }
        }
    }

    private void pass() {
        final Map<String, HastResource> resources =
                cluster.resources().stream()
                        .collect(Collectors.toMap(Cluster::nameOf, resource -> resource));
        final Map<String, String> servedOn = servedOn(resources, daemons.observed());
        final List<Lost> lost = Evictions.lost(uses.attached(), servedOn);
        if (lost.isEmpty()) {
            said.clear();
            return;
        }
        final Set<String> nodes =
                lost.stream().map(one -> one.attachment().node()).collect(Collectors.toSet());
        final Set<String> kept =
                resources.values().stream()
                        .filter(VolumeUses::isKept)
                        .map(Cluster::nameOf)
                        .collect(Collectors.toSet());
        for (Evictions.Step step : Evictions.of(lost, uses.podsOn(nodes), kept)) {
            switch (step) {
                case Evict(Running pod, String resource, String node) -> {
                    evict(pod, resource, node, Optional.ofNullable(resources.get(resource)));
                    look(); // at its attachment
                }
                case Keep(Running pod, String words) -> keep(pod, words);
                case Detach(Attached attachment, String node) -> detach(attachment, node);
            }
        }
    }

    /// By the word of the daemon that serves it. A word that is older than what was known already
    /// does not count: the node of the newer one is silent.
    private static Map<String, String> servedOn(
            Map<String, HastResource> resources, Observed observed) {
        final Map<String, String> servedOn = new TreeMap<>();
        resources.forEach((name, resource) -> {
            final long known =
                    Optional.ofNullable(resource.getStatus())
                            .map(HastResourceStatus::epoch)
                            .orElse(0L);
            observed.serving(name, Cluster.volume(resource).nodes())
                    .filter(one -> one.status().getEpoch() >= known)
                    .ifPresent(one -> servedOn.put(name, one.node()));
        });
        return servedOn;
    }

    private void evict(
            Running running, String resource, String servedOn, Optional<HastResource> about) {
        final Pod pod = current(running).orElse(null);
        if (pod == null) {
            return;
        }
        client.pods()
                .inNamespace(running.namespace())
                .withName(running.name())
                .withGracePeriod(0)
                .delete();
        LOG.atInfo()
                .addKeyValue("pod", running)
                .addKeyValue("node", running.node())
                .addKeyValue("resource", resource)
                .addKeyValue("servedOn", servedOn)
                .log("deleted a pod whose node has lost its volume");
        final String words =
                "pod %s was deleted: its node %s has lost %s, which is served on %s now"
                        .formatted(running, running.node(), resource, servedOn);
        announcements.warning(pod, "VolumeMoved", words);
        about.ifPresent(object -> announcements.normal(object, "PodDeleted", words));
    }

    private Optional<Pod> current(Running running) {
        return Optional.ofNullable(
                        client.pods()
                                .inNamespace(running.namespace())
                                .withName(running.name())
                                .get())
                .filter(pod -> running.uid().equals(pod.getMetadata().getUid()));
    }

    private void keep(Running running, String words) {
        if (said.add(running.uid() + words)) {
            LOG.atWarn().addKeyValue("pod", running).log("{}", words);
            current(running).ifPresent(pod -> announcements.warning(pod, "PodLeft", words));
        }
    }

    private void detach(Attached attachment, String servedOn) {
        client.storage().v1().volumeAttachments().withName(attachment.name()).delete();
        LOG.atInfo()
                .addKeyValue("resource", attachment.resource())
                .addKeyValue("node", attachment.node())
                .addKeyValue("servedOn", servedOn)
                .log("deleted the attachment to a node that has lost the volume");
    }

    @Override
    public void close() {
        thread.interrupt();
        uses.close();
    }
}
