package dev.hast.daemon.address;

import dev.hast.control.v1.VirtualIpState;
import dev.hast.control.v1.VirtualIpStatus;
import dev.hast.control.v1.VirtualIpStatus.Demotion;
import dev.hast.control.v1.VirtualIpStatus.Peer;
import dev.hast.control.v1.VirtualIpStatus.Refused;
import dev.hast.control.v1.VirtualIpStatus.Step;
import dev.hast.control.v1.VirtualIpStatus.Transition;
import dev.hast.core.address.DemotionSource;
import dev.hast.core.address.ElectionState;
import dev.hast.core.address.ElectionStatus;
import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.guard.Protection;
import dev.hast.daemon.metrics.MetricsText;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Groups of addresses as messages of the control API. Any thread.
public final class VirtualIpsView {

    private VirtualIpsView() {}

    /// All groups of a node, in the order of the documents.
    public static List<VirtualIpStatus> of(VirtualIps ips) throws AddressException {
        final String protection = text(ips.protection());
        return ips.seen().stream().map(seen -> of(seen, ips.node(), protection)).toList();
    }

    /// A group of which nothing runs.
    public static VirtualIpStatus broken(VirtualIpDocument document, String cause) {
        return described(document)
                .setState(VirtualIpState.VIRTUAL_IP_STATE_FAULT)
                .setStateReason(cause)
                .build();
    }

    private static VirtualIpStatus.Builder described(VirtualIpDocument document) {
        final var election = document.election();
        return VirtualIpStatus.newBuilder()
                .setName(document.name())
                .addAllAddresses(
                        document.addresses().stream().map(InetAddress::getHostAddress).toList())
                .setInterface(document.link().device().orElse(""))
                .setVhid(election.vhid())
                .setAdvbase(election.advbase())
                .setIntervalMs(
                        (int)
                                election.interval()
                                        .orElse(Duration.ofSeconds(election.advbase()))
                                        .toMillis())
                .setPreempt(election.preempt())
                .setAuthentication(document.authentication().text())
                .addAllFollows(document.follows());
    }

    private static VirtualIpStatus of(VirtualIps.Seen seen, String node, String protection) {
        final AddressGroup.View view = seen.view();
        if (view == null) {
            return broken(seen.document(), seen.problem());
        }
        final ElectionStatus status = view.status();
        final VirtualIpStatus.Builder out =
                described(seen.document())
                        .setInterface(view.device())
                        .setState(state(status.state()))
                        .setStateReason(view.notes().reason())
                        .setStateSinceMs(view.notes().since().toEpochMilli())
                        .setHolder(holder(view, node))
                        .setAdvskew(view.advskew())
                        .addAllDemotions(demotions(view))
                        .setProtection(protection)
                        .setHeld(status.heldBack())
                        .setEpoch(status.epoch())
                        .addAllWarnings(view.notes().warnings())
                        .setAdvertsSent(view.sent())
                        .setAdvertsReceived(view.notes().received());
        view.notPromotable()
                .forEach(name ->
                        out.addWarnings(
                                "%s is not in sync on this node, so the addresses and all that they follow cannot come here"
                                        .formatted(name)));
        view.peers().forEach(peer -> out.addPeers(peer(peer)));
        view.notes()
                .transitions()
                .forEach(transition -> out.addTransitions(transition(transition)));
        view.notes()
                .refused()
                .forEach((cause, count) ->
                        out.addRefused(
                                Refused.newBuilder()
                                        .setCause(MetricsText.word(cause))
                                        .setCount(count)));
        view.notes()
                .duplicate()
                .ifPresent(duplicate ->
                        out.setDuplicate(
                                VirtualIpStatus.Duplicate.newBuilder()
                                        .setAddress(duplicate.last().address().getHostAddress())
                                        .setMac(duplicate.last().by().toString())
                                        .setSeenMs(duplicate.seen().toEpochMilli())
                                        .setCount(duplicate.count())));
        return out.build();
    }

    private static String holder(AddressGroup.View view, String node) {
        if (view.status().state() == ElectionState.MASTER) {
            return node;
        }
        // Who is silent for longer than a master may be holds nothing any more.
        final Duration patience = Duration.ofSeconds(4L * view.document().election().advbase());
        return view.peers().stream()
                .filter(GroupPeers.Peer::holds)
                .filter(peer -> peer.heard().plus(patience).isAfter(java.time.Instant.now()))
                .findFirst()
                .map(peer -> peer.node().orElse(peer.address().getHostAddress()))
                .orElse("");
    }

    private static List<Demotion> demotions(AddressGroup.View view) {
        final Map<String, Integer> all =
                view.status().demotion().entrySet().stream()
                        .filter(entry -> entry.getKey() != DemotionSource.PROBE)
                        .collect(
                                Collectors.toMap(
                                        entry -> MetricsText.word(entry.getKey()),
                                        Map.Entry::getValue));
        view.failingProbes().forEach((name, weight) -> all.put("probe " + name, weight));
        return all.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry ->
                        Demotion.newBuilder()
                                .setSource(entry.getKey())
                                .setAmount(entry.getValue())
                                .build())
                .toList();
    }

    private static Peer peer(GroupPeers.Peer peer) {
        return Peer.newBuilder()
                .setNode(peer.node().orElse(""))
                .setAddress(peer.address().getHostAddress())
                .setAdvbase(peer.advbase())
                .setAdvskew(peer.advskew())
                .setIntent(
                        peer.intent()
                                .map(intent ->
                                        switch (intent) {
                                            case HOLD -> "holds";
                                            case CLAIM -> "claims";
                                            case RELEASE -> "released";
                                        })
                                .orElse("holds"))
                .setHeardMs(peer.heard().toEpochMilli())
                .build();
    }

    private static Transition transition(GroupHistory.Transition transition) {
        final Transition.Builder out =
                Transition.newBuilder()
                        .setAtMs(transition.at().toEpochMilli())
                        .setFrom(state(transition.from()))
                        .setTo(state(transition.to()))
                        .setReason(transition.reason());
        transition
                .steps()
                .forEach(step ->
                        out.addSteps(
                                Step.newBuilder()
                                        .setName(step.name())
                                        .setDurationUs(step.nanos() / 1_000)));
        return out.build();
    }

    private static VirtualIpState state(ElectionState state) {
        return switch (state) {
            case INIT -> VirtualIpState.VIRTUAL_IP_STATE_INIT;
            case BACKUP -> VirtualIpState.VIRTUAL_IP_STATE_BACKUP;
            case PROMOTING -> VirtualIpState.VIRTUAL_IP_STATE_PROMOTING;
            case MASTER -> VirtualIpState.VIRTUAL_IP_STATE_MASTER;
            case YIELDING -> VirtualIpState.VIRTUAL_IP_STATE_YIELDING;
            case FAULT -> VirtualIpState.VIRTUAL_IP_STATE_FAULT;
        };
    }

    private static String text(Protection protection) {
        return switch (protection) {
            case Protection.GuardAndLifetime ignored -> "guard and lifetime";
            case Protection.LifetimeOnly(String reason) -> "lifetime only: " + reason;
        };
    }
}
