package dev.hast.daemon.address;

import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.document.VirtualIpDocument.Authentication;
import dev.hast.daemon.document.VirtualIpDocument.Election;
import dev.hast.daemon.document.VirtualIpDocument.Holder;
import dev.hast.daemon.document.VirtualIpDocument.Hooks;
import dev.hast.daemon.document.VirtualIpDocument.Link;
import dev.hast.daemon.document.VirtualIpDocument.Mount;
import dev.hast.daemon.document.VirtualIpDocument.OnDuplicate;
import dev.hast.daemon.document.VirtualIpDocument.Probe;
import dev.hast.daemon.document.VirtualIpDocument.Service;
import dev.hast.daemon.document.VirtualIpDocument.Strict;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Makes documents for tests.
final class GroupDocuments {

    private List<InetAddress> addresses = List.of(InetAddress.ofLiteral("192.0.2.10"));
    private Optional<String> device = Optional.empty();
    private Path password = Path.of("/nowhere/password");
    private Optional<Strict> strict = Optional.empty();
    private List<String> follows = List.of();
    private Hooks hooks = Hooks.NONE;
    private int advskew;
    private final List<Probe> probes = new ArrayList<>();
    private final List<Mount> mounts = new ArrayList<>();
    private final List<Service> services = new ArrayList<>();

    static GroupDocuments group() {
        return new GroupDocuments();
    }

    GroupDocuments addresses(String... literals) {
        addresses = List.of(literals).stream().map(InetAddress::ofLiteral).toList();
        return this;
    }

    GroupDocuments device(String name) {
        device = Optional.of(name);
        return this;
    }

    GroupDocuments password(Path file) {
        password = file;
        return this;
    }

    GroupDocuments strict(Strict keys) {
        strict = Optional.of(keys);
        return this;
    }

    GroupDocuments follows(String... resources) {
        follows = List.of(resources);
        return this;
    }

    GroupDocuments hooks(Hooks programs) {
        hooks = programs;
        return this;
    }

    GroupDocuments advskew(int ofA) {
        advskew = ofA;
        return this;
    }

    GroupDocuments probe(Probe probe) {
        probes.add(probe);
        return this;
    }

    GroupDocuments mount(String resource, Path path, String options) {
        mounts.add(new Mount(resource, path, Optional.of("ext4"), options, false));
        return this;
    }

    /// @param start and stop: lines for a shell
    GroupDocuments service(String name, String start, String stop) {
        services.add(
                new Service(
                        name,
                        List.of("/bin/sh", "-c", start),
                        List.of("/bin/sh", "-c", stop),
                        Duration.ofSeconds(20)));
        return this;
    }

    /// On nodes a, b (advskew 100) and c (advskew 50).
    VirtualIpDocument made() {
        return new VirtualIpDocument(
                "g",
                addresses,
                new Link(device, false, true, List.of()),
                List.of(holder("a", advskew), holder("b", 100), holder("c", 50)),
                new Election(7, 1, Optional.empty(), false, Duration.ZERO),
                new Authentication(password, strict),
                follows,
                OnDuplicate.DEFEND,
                probes,
                hooks,
                mounts,
                services);
    }

    private static Holder holder(String node, int advskew) {
        return new Holder(node, advskew, Optional.empty(), Optional.empty());
    }
}
