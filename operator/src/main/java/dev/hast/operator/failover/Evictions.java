package dev.hast.operator.failover;

import dev.hast.operator.failover.Uses.Attached;
import dev.hast.operator.failover.Uses.Running;
import dev.hast.operator.failover.Uses.Used;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What has to go from a node that has lost a volume, so that its pod can run elsewhere.
///
/// Kubernetes waits for minutes because it cannot know whether the old pod still writes. Here it is
/// known: once another node serves the volume under a later epoch, the old one cannot acknowledge a
/// write any more. A pod that waits for its volume on a new node is not meant: its attachment is
/// not made yet.
public final class Evictions {

    private Evictions() {}

    /// One thing to do. Doing it twice does no harm.
    public sealed interface Step {}

    /// Delete the pod, without grace.
    public record Evict(Running pod, String resource, String servedOn) implements Step {}

    /// Leave the pod, and say why.
    public record Keep(Running pod, String words) implements Step {}

    /// Delete the attachment: no pod on the node uses it any more.
    public record Detach(Attached attachment, String servedOn) implements Step {}

    /// An attachment to a node that does not serve the volume any more.
    ///
    /// @param servedOn the node that does
    public record Lost(Attached attachment, String servedOn) {

        private boolean isUsedBy(Running pod) {
            return pod.uses(attachment);
        }

        private String resource() {
            return attachment.resource();
        }
    }

    /// @param servedOn the node that serves each resource now, by its own word
    public static List<Lost> lost(List<Attached> attached, Map<String, String> servedOn) {
        final List<Lost> lost = new ArrayList<>();
        for (Attached one : attached) {
            final String serves = servedOn.get(one.resource());
            if (serves != null && !serves.equals(one.node())) {
                lost.add(new Lost(one, serves));
            }
        }
        return lost;
    }

    /// @param pods that run on the nodes of these
    /// @param keptResources whose pods a person wants left alone
    public static List<Step> of(List<Lost> lost, List<Running> pods, Set<String> keptResources) {
        final List<Step> steps = new ArrayList<>();
        for (Running pod : pods) {
            lost.stream()
                    .filter(one -> one.isUsedBy(pod))
                    .findFirst()
                    .ifPresent(one -> steps.add(judged(pod, one, lost, keptResources)));
        }
        for (Lost one : lost) {
            if (pods.stream().noneMatch(one::isUsedBy) && !keptResources.contains(one.resource())) {
                steps.add(new Detach(one.attachment(), one.servedOn()));
            }
        }
        return steps;
    }

    private static Step judged(
            Running pod, Lost because, List<Lost> lost, Set<String> keptResources) {
        final String moved =
                "%s is served on %s now, not on %s any more"
                        .formatted(because.resource(), because.servedOn(), pod.node());
        if (pod.kept() || keptResources.contains(because.resource())) {
            return new Keep(
                    pod,
                    moved
                            + "; the pod is left, as the annotation hast.dev/failover wants; delete it to have it run elsewhere");
        }
        return pod.volumes().stream()
                .filter(Used::lasting)
                .filter(used -> !isFenced(used, pod, lost))
                .findFirst()
                .<Step>map(used ->
                        new Keep(
                                pod,
                                "%s; the pod is left, because it may still write to %s; see that it does not run any more, then delete it"
                                        .formatted(moved, used.what())))
                .orElseGet(() -> new Evict(pod, because.resource(), because.servedOn()));
    }

    private static boolean isFenced(Used used, Running pod, List<Lost> lost) {
        return used.resource().isPresent()
                && lost.stream()
                        .map(Lost::attachment)
                        .anyMatch(one ->
                                one.node().equals(pod.node())
                                        && one.resource().equals(used.resource().get()));
    }
}
