package dev.hast.daemon.document;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A `VirtualIP`: service addresses that one healthy node holds, by CARP. Already checked.
///
/// @param name of the address group
/// @param addresses that move together, each once
/// @param link where they are
/// @param holders nodes that may hold them, each once
/// @param election who of them should
/// @param authentication how adverts prove where they come from
/// @param follows resources whose primary has to be where the addresses are, as one group; empty:
///   plain CARP
/// @param onDuplicate what the holder does when somebody else claims one of the addresses
/// @param probes what demotes a node
/// @param hooks programs that hear of transitions
/// @param mounts file systems of followed resources, mounted in this order before the addresses
///   come up
/// @param services started in this order after the mounts, stopped the other way round
public record VirtualIpDocument(
        String name,
        List<InetAddress> addresses,
        Link link,
        List<Holder> holders,
        Election election,
        Authentication authentication,
        List<String> follows,
        OnDuplicate onDuplicate,
        List<Probe> probes,
        Hooks hooks,
        List<Mount> mounts,
        List<Service> services) {

    public static final int ADDRESSES_MAX = 32;
    public static final int VHID_MAX = 255;
    public static final int ADVSKEW_MAX = 254;
    public static final int ADVBASE_MAX = 255;
    public static final Duration INTERVAL_MIN = Duration.ofMillis(20);
    public static final Duration INTERVAL_MAX = Duration.ofSeconds(255);

    /// The most that probes may add up to: what carp(4) takes.
    public static final int DEMOTION_MAX = 240;

    /// Bytes of a CARP password: the field on the wire has 20, and other implementations keep a
    /// zero at its end.
    public static final int PASSWORD_MAX = 19;

    public VirtualIpDocument {
        addresses = List.copyOf(addresses);
        holders = List.copyOf(holders);
        follows = List.copyOf(follows);
        probes = List.copyOf(probes);
        mounts = List.copyOf(mounts);
        services = List.copyOf(services);
    }

    /// Where the addresses are.
    ///
    /// @param device the network interface; absent: the one with a subnet that holds them
    /// @param virtualMac whether they have a MAC address of their own, that moves with them
    /// @param multicast whether adverts go to the group of CARP
    /// @param unicastPeers who else gets each advert
    public record Link(
            Optional<String> device,
            boolean virtualMac,
            boolean multicast,
            List<InetAddress> unicastPeers) {
        public Link {
            unicastPeers = List.copyOf(unicastPeers);
        }
    }

    /// A node that may hold the addresses.
    ///
    /// @param advskew the smaller, the rather it holds them; 0 to 254
    /// @param device its network interface, where it is another than the others'
    /// @param address of that node, for adverts by unicast
    public record Holder(
            String node, int advskew, Optional<String> device, Optional<InetAddress> address) {}

    /// Who should hold the addresses, and how fast.
    ///
    /// @param vhid the group's number on its segment, 1 to 255
    /// @param advbase seconds between adverts, as on the wire
    /// @param interval between adverts among nodes of ours, instead of advbase
    /// @param preempt whether a better node takes them from one that is healthy
    /// @param preemptDelay how long it has to have been able to, first
    public record Election(
            int vhid,
            int advbase,
            Optional<Duration> interval,
            boolean preempt,
            Duration preemptDelay) {}

    /// How adverts prove where they come from.
    ///
    /// @param passwordFile its first line is CARP's password
    /// @param strict absent: adverts of other makes are taken too, by CARP's HMAC-SHA1, which does
    ///   not keep anybody from sending one again
    public record Authentication(Path passwordFile, Optional<Strict> strict) {
        /// The word in documents.
        public String text() {
            return strict.isPresent() ? "strict" : "carp";
        }
    }

    /// Among nodes of ours: HMAC-SHA256 of everything, and no advert is taken twice.
    ///
    /// @param keys that are accepted, each id once
    /// @param sendKey id of the one that is used
    public record Strict(List<Key> keys, int sendKey) {
        public Strict {
            keys = List.copyOf(keys);
        }
    }

    /// A key of strict authentication.
    ///
    /// @param id 1 to 255
    /// @param file its first line is the key
    public record Key(int id, Path file) {}

    /// What the holder does when somebody else claims one of its addresses.
    public enum OnDuplicate {
        /// It announces them again.
        DEFEND,
        /// It gives them up.
        YIELD;

        /// The word in documents.
        public String text() {
            return Choice.text(this);
        }
    }

    /// What is tried again and again on each node; while it fails the node is demoted.
    ///
    /// @param name as status and metrics call it
    /// @param check what is tried
    /// @param interval between tries
    /// @param timeout after which a try has failed
    /// @param failures in a row that demote; as many successes in a row undo it
    /// @param weight added to the node's advskew; 1 to 240
    public record Probe(
            String name,
            Check check,
            Duration interval,
            Duration timeout,
            int failures,
            int weight) {}

    /// What a probe tries.
    public sealed interface Check {}

    /// A program that has to exit with 0.
    public record CommandCheck(List<String> command) implements Check {
        public CommandCheck {
            command = List.copyOf(command);
        }
    }

    /// A TCP port that has to take a connection.
    public record TcpCheck(Endpoint endpoint) implements Check {}

    /// Programs that hear of transitions. They never hold up an advert.
    ///
    /// @param exec called as devd(8) would: `CARP VHID@INTERFACE MASTER|BACKUP|INIT`
    /// @param up called by the new holder as ucarp does: `INTERFACE ADDRESS`
    /// @param down called by who holds no more, and at the start, in the same way
    /// @param timeout after which they are ended
    public record Hooks(
            Optional<Path> exec, Optional<Path> up, Optional<Path> down, Duration timeout) {
        public static final Duration TIMEOUT_DEFAULT = Duration.ofSeconds(10);
        public static final Hooks NONE =
                new Hooks(Optional.empty(), Optional.empty(), Optional.empty(), TIMEOUT_DEFAULT);
    }

    /// A file system of a followed resource.
    ///
    /// @param resource one of those that are followed
    /// @param path where it is mounted; made when it is not there
    /// @param type of the file system; absent: found out
    /// @param options as for mount(8), comma-separated; empty: none
    /// @param fsck whether it is checked, as at boot, before it is mounted
    public record Mount(
            String resource, Path path, Optional<String> type, String options, boolean fsck) {}

    /// A service that runs where the addresses are.
    ///
    /// @param start the command that starts it
    /// @param stop the command that stops it
    /// @param timeout of each
    public record Service(String name, List<String> start, List<String> stop, Duration timeout) {
        public static final Duration TIMEOUT_DEFAULT = Duration.ofSeconds(30);

        public Service {
            start = List.copyOf(start);
            stop = List.copyOf(stop);
        }
    }

    public Optional<Holder> holder(String node) {
        return holders.stream().filter(h -> h.node().equals(node)).findFirst();
    }

    /// The interface that is named for a node; absent: to be found by the addresses' subnets.
    public Optional<String> deviceOn(String node) {
        return holder(node).flatMap(Holder::device).or(link::device);
    }
}
