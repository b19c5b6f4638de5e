package dev.hast.daemon.document;

import dev.hast.daemon.document.VirtualIpDocument.Holder;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What an address group has to do with the other documents of a load.
final class VirtualIpChecks {

    private final DocumentSet documents;
    private final Map<String, Fields> specs;

    VirtualIpChecks(DocumentSet documents, Map<String, Fields> specs) {
        this.documents = documents;
        this.specs = specs;
    }

    void run() {
        var all = documents.virtualIps();
        for (int i = 0; i < all.size(); i++) {
            final var group = all.get(i);
            final Fields spec = specs.get(group.name());
            if (spec == null) {
                continue;
            }
            checkResources(group, spec);
            for (var other : all.subList(0, i)) {
                checkAgainst(group, spec, other);
            }
        }
    }

    private void checkResources(VirtualIpDocument group, Fields spec) {
        for (var name : group.follows()) {
            var resource = documents.resource(name);
            if (resource.isEmpty()) {
                spec.problem(
                        "follows",
                        "there is no HastResource " + name,
                        nearestResource(name)
                                .map(near -> "did you mean " + near + "?")
                                .orElse("load its document too"));
            }
        }
        var resources =
                group.follows().stream()
                        .map(documents::resource)
                        .flatMap(Optional::stream)
                        .toList();
        var missing =
                group.holders().stream()
                        .map(Holder::node)
                        .filter(node ->
                                resources.stream().anyMatch(r -> r.replicaOn(node).isEmpty()))
                        .toList();
        if (missing.size() == group.holders().size() && !missing.isEmpty()) {
            spec.problem(
                    "follows",
                    "no node has a replica of all of " + String.join(", ", group.follows()),
                    "give the resources a node in common");
        } else if (!missing.isEmpty()) {
            spec.problem(
                    "nodes",
                    String.join(", ", missing)
                            + " lacks a replica of what the addresses follow, so it can never hold them",
                    "take it out, or add a replica there");
        }
    }

    private Optional<String> nearestResource(String name) {
        return Sentence.nearest(
                name, documents.resources().stream().map(ResourceDocument::name).toList());
    }

    private static void checkAgainst(
            VirtualIpDocument group, Fields spec, VirtualIpDocument other) {
        for (var address : group.addresses()) {
            if (other.addresses().contains(address)) {
                spec.problem(
                        "addresses",
                        address.getHostAddress() + " is VirtualIP " + other.name() + "'s too",
                        "an address belongs to one group");
            }
        }
        if (group.election().vhid() != other.election().vhid()) {
            return;
        }
        for (var node : sharedNodes(group, other)) {
            if (group.deviceOn(node).equals(other.deviceOn(node))) {
                spec.problem(
                        "vhid",
                        "%d is VirtualIP %s's too, on the same interface of %s"
                                .formatted(group.election().vhid(), other.name(), node),
                        "give each group of a segment its own number");
                return;
            }
        }
    }

    private static List<String> sharedNodes(VirtualIpDocument one, VirtualIpDocument other) {
        return one.holders().stream()
                .map(Holder::node)
                .filter(node -> other.holder(node).isPresent())
                .toList();
    }
}
