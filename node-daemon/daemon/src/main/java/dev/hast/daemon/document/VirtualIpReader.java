package dev.hast.daemon.document;

import dev.hast.daemon.document.VirtualIpDocument.Authentication;
import dev.hast.daemon.document.VirtualIpDocument.Election;
import dev.hast.daemon.document.VirtualIpDocument.Holder;
import dev.hast.daemon.document.VirtualIpDocument.Key;
import dev.hast.daemon.document.VirtualIpDocument.Link;
import dev.hast.daemon.document.VirtualIpDocument.OnDuplicate;
import dev.hast.daemon.document.VirtualIpDocument.Strict;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/// Reads the `spec` of a `VirtualIP`. What it makes of probes, hooks, mounts and services is in
/// [VirtualIpActionsReader].
final class VirtualIpReader {

    private static final Duration DELAY_MAX = Duration.ofHours(1);

    private VirtualIpReader() {}

    static Optional<VirtualIpDocument> read(String name, Fields spec, Problems problems) {
        int before = problems.count();
        var addresses = addresses(spec);
        var holders = holders(spec);
        var link = link(spec);
        if (!link.multicast()
                && link.unicastPeers().isEmpty()
                && holders.stream().noneMatch(h -> h.address().isPresent())) {
            spec.problem(
                    "multicast",
                    "is false, and nobody is told by unicast",
                    "list unicastPeers, or give nodes an address");
        }
        var election = election(spec);
        var authentication = authentication(spec);
        var follows = distinct(spec, "follows", spec.scalars("follows", Values::name));
        var actions = new VirtualIpActionsReader(follows);
        var onDuplicate =
                spec.value("onDuplicate", Values.choice(OnDuplicate.class))
                        .orElse(OnDuplicate.DEFEND);
        var probes = actions.probes(spec);
        var hooks = actions.hooks(spec);
        var mounts = actions.mounts(spec);
        var services = actions.services(spec);
        if (follows.isEmpty() && !services.isEmpty()) {
            spec.problem(
                    "services",
                    "they run where followed resources are, and follows is empty",
                    "name resources under follows, or start and stop them by hooks");
        }
        refuseOperatorsFields(spec);
        spec.refuseUnknown();
        if (problems.count() > before || election.isEmpty() || authentication.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new VirtualIpDocument(
                        name,
                        addresses,
                        link,
                        holders,
                        election.get(),
                        authentication.get(),
                        follows,
                        onDuplicate,
                        probes,
                        hooks,
                        mounts,
                        services));
    }

    /// Fields of the custom resource that only the operator can carry out.
    private static void refuseOperatorsFields(Fields spec) {
        if (spec.passOver("passwordSecretRef")) {
            spec.problem(
                    "passwordSecretRef",
                    "there is no Secret without Kubernetes",
                    "name a file under passwordFile");
        }
        if (spec.passOver("serviceRef")) {
            spec.problem(
                    "serviceRef",
                    "there is no Service without Kubernetes",
                    "leave it out; the addresses reach what runs on the holder");
        }
    }

    private static List<InetAddress> addresses(Fields spec) {
        if (!spec.has("addresses")) {
            spec.problem("addresses", "is missing", "list the addresses: [192.0.2.10]");
            return List.of();
        }
        var addresses =
                distinct(spec, "addresses", spec.scalars("addresses", Values::serviceAddress));
        if (addresses.size() > VirtualIpDocument.ADDRESSES_MAX) {
            spec.problem(
                    "addresses",
                    addresses.size() + " addresses are too many",
                    "give " + VirtualIpDocument.ADDRESSES_MAX + " at most");
        }
        return addresses;
    }

    private static <T> List<T> distinct(Fields fields, String field, List<T> values) {
        var seen = new LinkedHashSet<T>();
        for (var value : values) {
            if (!seen.add(value)) {
                fields.problem(field, shown(value) + " is given twice", "keep one of the two");
            }
        }
        return List.copyOf(seen);
    }

    private static String shown(Object value) {
        return value instanceof InetAddress address ? address.getHostAddress() : value.toString();
    }

    private static List<Holder> holders(Fields spec) {
        var holders = new ArrayList<Holder>();
        var names = new LinkedHashSet<String>();
        for (var entry :
                spec.mappings(
                        "nodes",
                        "list the nodes that may hold the addresses: - {node: NAME, advskew: 0}")) {
            var node =
                    entry.required("node", "name a node that may hold the addresses", Values::name);
            if (node.isPresent() && !names.add(node.get())) {
                entry.problem("node", "node " + node.get() + " is given twice", "keep one");
            }
            int advskew =
                    entry.value("advskew", Values.integer(0, VirtualIpDocument.ADVSKEW_MAX))
                            .orElse(0);
            var device = entry.value("interface", Values::networkInterface);
            var address = entry.value("address", Values::address);
            entry.refuseUnknown();
            node.ifPresent(n -> holders.add(new Holder(n, advskew, device, address)));
        }
        return holders;
    }

    private static Link link(Fields spec) {
        var device =
                spec.value(
                                "interface",
                                text ->
                                        text.equals("auto")
                                                ? Optional.<String>empty()
                                                : Optional.of(Values.networkInterface(text)))
                        .orElse(Optional.empty());
        return new Link(
                device,
                spec.value("virtualMac", Values::bool).orElse(false),
                spec.value("multicast", Values::bool).orElse(true),
                distinct(spec, "unicastPeers", spec.scalars("unicastPeers", Values::address)));
    }

    private static Optional<Election> election(Fields spec) {
        var vhid =
                spec.required(
                        "vhid",
                        "give a number from 1 to 255 that nobody else on the segment uses, VRRP included",
                        Values.integer(1, VirtualIpDocument.VHID_MAX));
        int advbase =
                spec.value("advbase", Values.integer(1, VirtualIpDocument.ADVBASE_MAX)).orElse(1);
        var interval =
                spec.value(
                        "advertisementInterval",
                        Values.duration(
                                VirtualIpDocument.INTERVAL_MIN, VirtualIpDocument.INTERVAL_MAX));
        boolean preempt = spec.value("preempt", Values::bool).orElse(false);
        var delay = spec.value("preemptDelay", Values.duration(Duration.ZERO, DELAY_MAX));
        if (delay.isPresent() && !preempt) {
            spec.problem(
                    "preemptDelay",
                    "nothing is delayed, as preempt is false",
                    "write preempt: true, or leave it out");
        }
        return vhid.map(
                v -> new Election(v, advbase, interval, preempt, delay.orElse(Duration.ZERO)));
    }

    private enum Way {
        CARP,
        STRICT
    }

    private static Optional<Authentication> authentication(Fields spec) {
        var way = spec.value("authentication", Values.choice(Way.class)).orElse(Way.CARP);
        var password =
                spec.required(
                        "passwordFile",
                        "name a file whose first line is the password that all nodes share",
                        Values::absolutePath);
        if (way == Way.STRICT) {
            var strict = strict(spec);
            return password.filter(p -> strict.isPresent()).map(p -> new Authentication(p, strict));
        }
        for (var field : List.of("keys", "sendKey")) {
            if (spec.has(field)) {
                spec.problem(
                        field,
                        "belongs to authentication: strict",
                        "leave it out, or write authentication: strict");
            }
        }
        return password.map(p -> new Authentication(p, Optional.empty()));
    }

    private static Optional<Strict> strict(Fields spec) {
        var keys = new ArrayList<Key>();
        for (var entry : spec.mappings("keys", "list the keys: - {id: 1, file: PATH}")) {
            var id = entry.required("id", "number it, 1 to 255", Values.integer(1, 255));
            var file =
                    entry.required(
                            "file",
                            "name a file whose first line is the key",
                            Values::absolutePath);
            if (id.isPresent() && keys.stream().anyMatch(k -> k.id() == id.get())) {
                entry.problem("id", id.get() + " is given twice", "number the keys apart");
            }
            entry.refuseUnknown();
            if (id.isPresent() && file.isPresent()) {
                keys.add(new Key(id.get(), file.get()));
            }
        }
        if (keys.isEmpty()) {
            return Optional.empty();
        }
        int sendKey = spec.value("sendKey", Values.integer(1, 255)).orElse(keys.getFirst().id());
        if (keys.stream().noneMatch(k -> k.id() == sendKey)) {
            spec.problem(
                    "sendKey",
                    "there is no key " + sendKey,
                    "write the id of one that is listed under keys");
        }
        return Optional.of(new Strict(keys, sendKey));
    }
}
