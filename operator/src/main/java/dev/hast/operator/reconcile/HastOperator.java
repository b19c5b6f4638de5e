package dev.hast.operator.reconcile;

import dev.hast.crds.v1alpha1.HastResource;
import dev.hast.operator.daemons.Credentials;
import dev.hast.operator.daemons.Daemons;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The running operator: waits until it is leader, then follows daemons and objects.
public final class HastOperator implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HastOperator.class);
    private static final String LEASE = "hast-operator";
    private static final Duration LOOK_EVERY = Duration.ofMinutes(5);

    private final Cluster cluster;
    private final Daemons daemons;
    private final HastResourceReconciler reconciler;
    private final Evictor evictor;
    private final Operator operator;
    private final AtomicBoolean leading = new AtomicBoolean();

    /// @param namespace of the Lease that elects the leader
    /// @param identity of this instance among them
    /// @param exitWhenLost whether losing the Lease ends the process, which is the only safe thing
    ///   to do outside of a test
    public HastOperator(
            KubernetesClient client,
            Credentials credentials,
            String namespace,
            String identity,
            boolean exitWhenLost) {
        final Announcements announcements = new Announcements(client);
        cluster = new Cluster(client);
        daemons =
                new Daemons(
                        credentials,
                        cluster::wanted,
                        this::told,
                        (name, words) -> {
                            final HastResource about =
                                    client.resources(HastResource.class).withName(name).get();
                            if (about != null) {
                                announcements.warning(about, "NotDone", words);
                            }
                        });
        evictor = new Evictor(client, cluster, daemons, announcements, leading::get);
        reconciler = new HastResourceReconciler(cluster, daemons, announcements);
        operator =
                new Operator(settings ->
                        settings.withKubernetesClient(client)
                                .withCloseClientOnStop(false)
                                .withLeaderElectionConfiguration(
                                        LeaderElectionConfigurationBuilder
                                                .aLeaderElectionConfiguration(LEASE)
                                                .withLeaseNamespace(namespace)
                                                .withIdentity(identity)
                                                .withExitOnStopLeading(exitWhenLost)
                                                .withLeaderCallbacks(
                                                        new LeaderCallbacks(
                                                                this::lead,
                                                                () -> leading.set(false),
                                                                leader ->
                                                                        LOG.atInfo()
                                                                                .addKeyValue(
                                                                                        "leader",
                                                                                        leader)
                                                                                .log("leads")))
                                                .build()));
        operator.register(
                reconciler, settings -> settings.withReconciliationMaxInterval(LOOK_EVERY));
    }

    /// Returns when it waits for the Lease, or has it.
    public void start() {
        cluster.start(this::changed);
        evictor.start();
        operator.start();
    }

    private void lead() {
        leading.set(true);
        changed();
    }

    /// Whether this instance is the one that acts.
    public boolean isLeading() {
        return leading.get();
    }

    /// Whether all that people want is known.
    public boolean isReady() {
        return cluster.wanted().isPresent();
    }

    private void changed() {
        if (leading.get() && isReady()) {
            daemons.follow(cluster.places());
            daemons.look();
        }
    }

    private void told(Set<String> names) {
        evictor.look();
        reconciler.look(names);
    }

    @Override
    public void close() {
        operator.stop();
        evictor.close();
        daemons.close();
        cluster.close();
    }
}
