package dev.hast.daemon.document;

import dev.hast.daemon.document.FieldChange.Effect;
import java.net.InetAddress;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Which fields of an address group differ.
final class VirtualIpComparison {

    private VirtualIpComparison() {}

    static List<FieldChange> fields(VirtualIpDocument before, VirtualIpDocument after) {
        var comparison = new Comparison<>(before, after);
        live(comparison, "addresses", d -> shown(d.addresses()));
        live(comparison, "interface", d -> d.link().device().orElse("auto"));
        live(comparison, "virtualMac", d -> d.link().virtualMac());
        live(comparison, "multicast", d -> d.link().multicast());
        live(comparison, "unicastPeers", d -> shown(d.link().unicastPeers()));
        live(comparison, "nodes", d -> holders(d));
        live(comparison, "vhid", d -> d.election().vhid());
        live(comparison, "advbase", d -> d.election().advbase());
        live(
                comparison,
                "advertisementInterval",
                d -> d.election().interval().map(DurationText::text).orElse(Comparison.ABSENT));
        live(comparison, "preempt", d -> d.election().preempt());
        live(comparison, "preemptDelay", d -> DurationText.text(d.election().preemptDelay()));
        live(comparison, "authentication", VirtualIpDocument::authentication);
        live(comparison, "follows", VirtualIpDocument::follows);
        live(comparison, "onDuplicate", d -> d.onDuplicate().text());
        live(comparison, "demotion", VirtualIpDocument::probes);
        live(comparison, "hooks", VirtualIpDocument::hooks);
        live(comparison, "mounts", VirtualIpDocument::mounts);
        live(comparison, "services", VirtualIpDocument::services);
        return comparison.changes();
    }

    private static void live(
            Comparison<VirtualIpDocument> comparison,
            String path,
            Function<VirtualIpDocument, Object> value) {
        comparison.field(path, Effect.LIVE, d -> value.apply(d).toString());
    }

    private static String shown(List<InetAddress> addresses) {
        return addresses.isEmpty()
                ? Comparison.ABSENT
                : addresses.stream()
                        .map(InetAddress::getHostAddress)
                        .collect(Collectors.joining(", "));
    }

    private static String holders(VirtualIpDocument document) {
        return document.holders().stream()
                .map(h ->
                        h.node()
                                + " "
                                + h.advskew()
                                + h.device().map(d -> " " + d).orElse("")
                                + h.address().map(a -> " " + a.getHostAddress()).orElse(""))
                .collect(Collectors.joining(", "));
    }
}
