package dev.hast.simulator.address;

import dev.hast.core.address.AddressList;
import dev.hast.core.address.AdvertRefusal;
import dev.hast.core.address.AdvertWriter;
import dev.hast.core.address.IpAddress;
import dev.hast.core.address.Keyring;
import dev.hast.core.address.Password;
import dev.hast.simulator.kernel.RandomSource;
import dev.hast.simulator.kernel.Timeline;
import dev.hast.simulator.kernel.Trace;
import java.util.ArrayList;
import java.util.List;

/// The nodes and plain peers of a segment, and what is between them.
final class AddressWorld {

    private final AddressOptions options;
    private final Timeline timeline;
    private final Trace trace;
    private final Password password = new Password("mekmitasdigoat");
    private final Keyring keys = Keyring.of(password);
    private final AddressList addresses =
            new AddressList(
                    List.of(
                            IpAddress.of(new byte[] {10, 0, 0, (byte) 252}),
                            new IpAddress(true, 0x20010db8L << 32, 1)));
    private final List<ElectionNode> nodes = new ArrayList<>();
    private final List<PlainPeer> peers = new ArrayList<>();
    private final List<Member> members = new ArrayList<>();
    private final Wire wire;
    private final StorageRegister register;
    private final AddressRules rules;

    AddressWorld(AddressOptions options, Timeline timeline, Trace trace, RandomSource random) {
        this.options = options;
        this.timeline = timeline;
        this.trace = trace;
        wire = new Wire(timeline, random.split(), options, members);
        register = new StorageRegister(timeline, options.grant);
        rules = new AddressRules(this);
        for (int i = 0; i < options.nodes; i++) {
            nodes.add(new ElectionNode(this, i, random.split()));
        }
        for (int i = 0; i < options.peers.size(); i++) {
            peers.add(new PlainPeer(this, options.peers.get(i), options.nodes + i, random.split()));
        }
        members.addAll(nodes);
        members.addAll(peers);
    }

    void refused(ElectionNode node, AdvertRefusal cause) {
        trace.note("n" + (node.index() + 1), "refused", cause.ordinal(), () -> cause);
    }

    AddressOptions options() {
        return options;
    }

    Timeline timeline() {
        return timeline;
    }

    Trace trace() {
        return trace;
    }

    Wire wire() {
        return wire;
    }

    StorageRegister register() {
        return register;
    }

    AddressRules rules() {
        return rules;
    }

    List<ElectionNode> nodes() {
        return nodes;
    }

    List<PlainPeer> peers() {
        return peers;
    }

    List<Member> members() {
        return members;
    }

    AdvertWriter writer() {
        return new AdvertWriter(AddressOptions.VHID, addresses, password, keys);
    }

    AddressList addresses() {
        return addresses;
    }

    Password password() {
        return password;
    }

    Keyring keys() {
        return keys;
    }
}
