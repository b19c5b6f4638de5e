package dev.hast.daemon.document;

import java.util.List;
import java.util.Optional;

/// The documents of one load, each name once. The same set may be given to every node: each takes
/// what is its own.
///
/// @param resources in the order of the files
/// @param nodes in the order of the files
/// @param virtualIps in the order of the files
public record DocumentSet(
        List<ResourceDocument> resources,
        List<NodeDocument> nodes,
        List<VirtualIpDocument> virtualIps) {

    public static final DocumentSet EMPTY = new DocumentSet(List.of(), List.of(), List.of());

    public DocumentSet {
        resources = List.copyOf(resources);
        nodes = List.copyOf(nodes);
        virtualIps = List.copyOf(virtualIps);
    }

    public Optional<ResourceDocument> resource(String name) {
        return resources.stream().filter(r -> r.name().equals(name)).findFirst();
    }

    /// The resources that have a replica on a node.
    public List<ResourceDocument> resourcesOn(String node) {
        return resources.stream().filter(r -> r.replicaOn(node).isPresent()).toList();
    }

    public Optional<VirtualIpDocument> virtualIp(String name) {
        return virtualIps.stream().filter(v -> v.name().equals(name)).findFirst();
    }

    /// The addresses that a node may hold.
    public List<VirtualIpDocument> virtualIpsOn(String node) {
        return virtualIps.stream().filter(v -> v.holder(node).isPresent()).toList();
    }

    /// A node's own document: the one of that name, or of the first label of a full host name
    /// (`hast-a` for `hast-a.example.org`), as HAST matches its `on` sections.
    public Optional<NodeDocument> node(String hostName) {
        var exact = nodes.stream().filter(n -> n.name().equals(hostName)).findFirst();
        int dot = hostName.indexOf('.');
        return exact.isPresent() || dot < 0 ? exact : node(hostName.substring(0, dot));
    }
}
