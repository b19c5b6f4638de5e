package dev.hast.operator.reconcile;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Events: what happened, beside the object. The same thing said again is counted, not repeated. An
/// Event that cannot be written is logged: nothing waits for it.
final class Announcements {

    private static final Logger LOG = LoggerFactory.getLogger(Announcements.class);

    /// Cluster-scoped objects have theirs there.
    private static final String NAMESPACE = "default";

    private static final int MESSAGE_MAX = 1024;

    private final KubernetesClient client;

    Announcements(KubernetesClient client) {
        this.client = client;
    }

    void normal(HasMetadata about, String reason, String message) {
        say(about, "Normal", reason, message);
    }

    void warning(HasMetadata about, String reason, String message) {
        say(about, "Warning", reason, message);
    }

    private void say(HasMetadata about, String type, String reason, String message) {
        final String said =
                message.length() > MESSAGE_MAX ? message.substring(0, MESSAGE_MAX) : message;
        final String name =
                "%s.%08x"
                        .formatted(
                                Cluster.nameOf(about),
                                (about.getMetadata().getUid() + reason + said).hashCode());
        final String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        try {
            final String namespace =
                    Optional.ofNullable(about.getMetadata().getNamespace()).orElse(NAMESPACE);
            final var events = client.v1().events().inNamespace(namespace);
            final Event before = events.withName(name).get();
            if (before != null) {
                events.withName(name)
                        .edit(event ->
                                new EventBuilder(event)
                                        .withCount(event.getCount() + 1)
                                        .withLastTimestamp(now)
                                        .build());
                return;
            }
            events.resource(
                            new EventBuilder()
                                    .withNewMetadata()
                                    .withName(name)
                                    .withNamespace(namespace)
                                    .endMetadata()
                                    .withType(type)
                                    .withReason(reason)
                                    .withMessage(said)
                                    .withCount(1)
                                    .withFirstTimestamp(now)
                                    .withLastTimestamp(now)
                                    .withNewSource()
                                    .withComponent("hast-operator")
                                    .endSource()
                                    .withNewInvolvedObject()
                                    .withApiVersion(about.getApiVersion())
                                    .withKind(about.getKind())
                                    .withName(Cluster.nameOf(about))
                                    .withNamespace(about.getMetadata().getNamespace())
                                    .withUid(about.getMetadata().getUid())
                                    .endInvolvedObject()
                                    .build())
                    .create();
        } catch (KubernetesClientException e) {
            LOG.atWarn()
                    .addKeyValue("resource", Cluster.nameOf(about))
                    .log("no Event {}: {}", reason, e.getMessage());
        }
    }
}
