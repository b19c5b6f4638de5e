package dev.hast.ctl.hastconf;

import dev.hast.ctl.hastconf.HastConf.Keyword;
import dev.hast.ctl.hastconf.HastConf.NodeSection;
import dev.hast.ctl.hastconf.HastConf.Resource;
import dev.hast.ctl.hastconf.HastConf.Section;
import dev.hast.ctl.hastconf.HastConf.Setting;
import dev.hast.ctl.hastconf.HastConfImport.Notes;
import dev.hast.daemon.document.ArbiterLoss;
import dev.hast.daemon.document.Checksum;
import dev.hast.daemon.document.Compression;
import dev.hast.daemon.document.Endpoint;
import dev.hast.daemon.document.Names;
import dev.hast.daemon.document.ReplicationMode;
import dev.hast.daemon.document.ResourceDocument;
import dev.hast.daemon.document.ResourceDocument.AnyNode;
import dev.hast.daemon.document.ResourceDocument.ProviderPath;
import dev.hast.daemon.document.ResourceDocument.Replica;
import dev.hast.daemon.document.ResourceDocument.Replication;
import dev.hast.daemon.document.ResourceDocument.Resync;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Turns one resource of a `hast.conf` into a document.
///
/// A replica's address is what the *other* node's section calls `remote`: HAST writes down where to
/// connect to, a document where each node listens.
final class ResourceConversion {

    private final Section global;
    private final Resource resource;
    private final Notes notes;

    ResourceConversion(Section global, Resource resource, Notes notes) {
        this.global = global;
        this.resource = resource;
        this.notes = notes;
    }

    Optional<ResourceDocument> convert() {
        var name = resource.name().toLowerCase(Locale.ROOT).replace('_', '-');
        if (!Names.isValid(name)) {
            notes.error(
                    resource.line(),
                    "resource " + resource.name() + " can't be a name here",
                    "use lower-case letters, digits, - and .");
            return Optional.empty();
        }
        if (!name.equals(resource.name())) {
            notes.warn(resource.line(), "resource " + resource.name() + " is called " + name);
        }
        if (resource.nodes().isEmpty()) {
            notes.error(
                    resource.line(),
                    "resource " + resource.name() + " has no on block",
                    "give one for each node");
            return Optional.empty();
        }
        if (resource.nodes().size() > 2) {
            notes.warn(
                    resource.line(),
                    "resource "
                            + resource.name()
                            + " has more than two nodes, which HAST can't serve:"
                            + " check the addresses");
        }
        var replicas = new ArrayList<Replica>();
        for (var node : resource.nodes()) {
            deviceName(node, name);
            var address = address(node);
            provider(node)
                    .ifPresent(path ->
                            replicas.add(
                                    new Replica(
                                            notes.node(node),
                                            new ProviderPath(path),
                                            address,
                                            node.section()
                                                    .get(Keyword.SOURCE)
                                                    .map(s -> source(s)))));
        }
        metaFlush();
        return Optional.of(
                new ResourceDocument(
                        name,
                        Optional.empty(),
                        replicas,
                        new AnyNode(),
                        replication(),
                        ResourceDocument.EXTENT_SIZE_DEFAULT,
                        ResourceDocument.ACTIVITY_LOG_EXTENTS_DEFAULT,
                        ArbiterLoss.SUSPEND,
                        Resync.DEFAULT));
    }

    private void deviceName(NodeSection node, String name) {
        node.section()
                .get(Keyword.NAME)
                .or(() -> resource.section().get(Keyword.NAME))
                .filter(s -> !s.value().equals(name))
                .ifPresent(s ->
                        notes.warn(
                                s.line(),
                                "name "
                                        + s.value()
                                        + " is left out: the device is /dev/hast/"
                                        + name
                                        + "; change what mounts /dev/hast/"
                                        + s.value()));
    }

    private Optional<String> provider(NodeSection node) {
        var local =
                node.section().get(Keyword.LOCAL).or(() -> resource.section().get(Keyword.LOCAL));
        if (local.isEmpty()) {
            notes.error(
                    node.line(),
                    "on " + node.node() + " of " + resource.name() + " has no local",
                    "give its provider");
            return Optional.empty();
        }
        var path =
                local.get().value().startsWith("/")
                        ? local.get().value()
                        : "/dev/" + local.get().value();
        if (path.matches("/dev/(da|ada|vtbd|nvd|nda|ad|md|mfid|aacd)[0-9].*")
                || path.matches("/dev/(gpt|label|zvol|gptid|mirror|ufsid|diskid)/.*")) {
            notes.warn(
                    local.get().line(),
                    "provider "
                            + path
                            + " of "
                            + notes.node(node)
                            + " is a name of FreeBSD: put the name of that disk here, best one of /dev/disk/by-id");
        }
        return Optional.of(path);
    }

    /// Where a node listens: what the other one connects to, else its name.
    private Endpoint address(NodeSection node) {
        var others = resource.nodes().stream().filter(n -> n != node).toList();
        for (var other : others) {
            var remote = other.section().get(Keyword.REMOTE);
            if (remote.isEmpty()) {
                notes.error(
                        other.line(),
                        "on " + other.node() + " of " + resource.name() + " has no remote",
                        "give the other node's address, or none");
                return fallback(node);
            }
            if (others.size() == 1 && !remote.get().value().equals("none")) {
                return parsed(remote.get(), node);
            }
        }
        notes.warn(
                node.line(),
                "nothing says where "
                        + node.node()
                        + " listens: its name is put as the address of "
                        + resource.name()
                        + " there; check it");
        return fallback(node);
    }

    private Endpoint parsed(Setting remote, NodeSection node) {
        return Address.parse(remote.value())
                .orElseGet(() -> {
                    notes.error(
                            remote.line(),
                            "remote " + remote.value() + " is not [tcp://]host[:port]",
                            "mend it first");
                    return fallback(node);
                });
    }

    private Endpoint fallback(NodeSection node) {
        return new Endpoint(notes.node(node), Endpoint.REPLICATION_PORT);
    }

    private static String source(Setting setting) {
        return Address.parse(setting.value()).map(Endpoint::host).orElse(setting.value());
    }

    private Optional<Setting> inherited(Keyword keyword) {
        return resource.section().get(keyword).or(() -> global.get(keyword));
    }

    private Replication replication() {
        var defaults = Replication.DEFAULT;
        var mode = inherited(Keyword.REPLICATION);
        if (mode.isEmpty()) {
            notes.warn(
                    resource.line(),
                    "replication of "
                            + resource.name()
                            + " is not set: fullsync is taken; HAST's own"
                            + " default is memsync since FreeBSD 10");
        }
        return new Replication(
                mode.flatMap(this::mode).orElse(defaults.mode()),
                timeout().orElse(defaults.timeout()),
                defaults.grantDuration(),
                inherited(Keyword.CHECKSUM).flatMap(this::checksum).orElse(defaults.checksum()),
                inherited(Keyword.COMPRESSION)
                        .flatMap(this::compression)
                        .orElse(defaults.compression()));
    }

    private Optional<ReplicationMode> mode(Setting setting) {
        return switch (setting.value()) {
            case "fullsync" -> Optional.of(ReplicationMode.FULLSYNC);
            case "memsync" -> Optional.of(ReplicationMode.MEMSYNC);
            case "async" -> Optional.of(ReplicationMode.ASYNC);
            default -> unknown("replication", setting, "fullsync, memsync or async");
        };
    }

    private Optional<Checksum> checksum(Setting setting) {
        return switch (setting.value()) {
            case "none" -> {
                notes.warn(
                        setting.line(),
                        "checksum none is kept; crc32c costs nothing that can be measured");
                yield Optional.of(Checksum.NONE);
            }
            case "crc32" -> Optional.of(Checksum.CRC32C);
            case "sha256" -> Optional.of(Checksum.SHA256);
            default -> unknown("checksum", setting, "none, crc32 or sha256");
        };
    }

    private Optional<Compression> compression(Setting setting) {
        return switch (setting.value()) {
            case "none" -> Optional.of(Compression.NONE);
            case "hole" -> Optional.of(Compression.HOLE);
            case "lzf" -> {
                notes.warn(setting.line(), "compression lzf becomes lz4");
                yield Optional.of(Compression.LZ4);
            }
            default -> unknown("compression", setting, "none, hole or lzf");
        };
    }

    private <T> Optional<T> unknown(String keyword, Setting setting, String known) {
        notes.error(
                setting.line(),
                keyword + " " + setting.value() + " is not known to HAST",
                "write " + known);
        return Optional.empty();
    }

    /// HAST's time-out is of its sockets, tens of seconds; here it decides how soon writes go on
    /// without a replica.
    private Optional<Duration> timeout() {
        var setting = inherited(Keyword.TIMEOUT);
        if (setting.isEmpty()) {
            return Optional.empty();
        }
        var value = setting.get().value();
        if (!value.matches("[1-9][0-9]{0,6}")) {
            notes.error(
                    setting.get().line(),
                    "timeout " + value + " is not a number of seconds",
                    "write one from 1");
            return Optional.empty();
        }
        var timeout = Duration.ofSeconds(Long.parseLong(value));
        if (timeout.compareTo(Replication.DEFAULT.grantDuration()) < 0) {
            return Optional.of(timeout);
        }
        notes.warn(
                setting.get().line(),
                "timeout "
                        + value
                        + " is not taken over: here writes wait that long for a lost"
                        + " replica, and 2s is kept; replication.timeout and grantDuration can be lengthened together");
        return Optional.empty();
    }

    private void metaFlush() {
        var settings = new ArrayList<Setting>();
        List.of(global, resource.section()).forEach(s -> settings.addAll(s.all(Keyword.METAFLUSH)));
        resource.nodes().forEach(n -> settings.addAll(n.section().all(Keyword.METAFLUSH)));
        for (var setting : settings) {
            switch (setting.value()) {
                case "on" -> {}
                case "off" ->
                        notes.warn(
                                setting.line(),
                                "metaflush off is left out: metadata is always flushed");
                default ->
                        notes.error(
                                setting.line(),
                                "metaflush " + setting.value() + " is not known",
                                "write on or off");
            }
        }
    }
}
