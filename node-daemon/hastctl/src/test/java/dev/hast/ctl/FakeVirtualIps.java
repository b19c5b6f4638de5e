package dev.hast.ctl;

import dev.hast.control.v1.VirtualIpOrderRequest.Order;
import dev.hast.control.v1.VirtualIpState;
import dev.hast.control.v1.VirtualIpStatus;
import dev.hast.control.v1.VirtualIpStatus.Demotion;
import dev.hast.control.v1.VirtualIpStatus.Duplicate;
import dev.hast.control.v1.VirtualIpStatus.Peer;
import dev.hast.control.v1.VirtualIpStatus.Refused;
import dev.hast.control.v1.VirtualIpStatus.Step;
import dev.hast.control.v1.VirtualIpStatus.Transition;
import dev.hast.daemon.control.ControlException;
import dev.hast.daemon.control.ControlException.Reason;
import dev.hast.daemon.control.VirtualIpTarget;
import java.util.List;
import java.util.function.Consumer;

/// Two groups of addresses: one that is held and has seen much, and one that cannot be.
final class FakeVirtualIps implements VirtualIpTarget {

    private static final long NOW = Samples.NOW.toEpochMilli();

    private final Consumer<String> asked;

    FakeVirtualIps(Consumer<String> asked) {
        this.asked = asked;
    }

    @Override
    public List<VirtualIpStatus> status(List<String> names) throws ControlException {
        if (names.contains("absent")) {
            throw new ControlException(
                    Reason.NOT_FOUND,
                    "no VirtualIP absent on node hast-a; known are: service, mail");
        }
        return List.of(service(), mail()).stream()
                .filter(status -> names.isEmpty() || names.contains(status.getName()))
                .toList();
    }

    private static VirtualIpStatus service() {
        return VirtualIpStatus.newBuilder()
                .setName("service")
                .addAddresses("192.168.100.200")
                .addAddresses("fd00::200")
                .setInterface("eth0")
                .setVhid(1)
                .setState(VirtualIpState.VIRTUAL_IP_STATE_MASTER)
                .setStateReason("nobody better answered")
                .setStateSinceMs(NOW - 192_000)
                .setHolder("hast-a")
                .setAdvbase(1)
                .setAdvskew(100)
                .addDemotions(Demotion.newBuilder().setSource("probe sql").setAmount(50))
                .setIntervalMs(100)
                .setPreempt(true)
                .setAuthentication("carp")
                .addFollows("database")
                .setProtection("guard and lifetime")
                .addPeers(
                        Peer.newBuilder()
                                .setNode("hast-b")
                                .setAddress("192.168.100.198")
                                .setAdvbase(1)
                                .setAdvskew(0)
                                .setIntent("released")
                                .setHeardMs(NOW - 190_000))
                .addTransitions(
                        Transition.newBuilder()
                                .setAtMs(NOW - 192_000)
                                .setFrom(VirtualIpState.VIRTUAL_IP_STATE_PROMOTING)
                                .setTo(VirtualIpState.VIRTUAL_IP_STATE_MASTER)
                                .setReason("nobody better answered")
                                .addSteps(Step.newBuilder().setName("resources").setDurationUs(812))
                                .addSteps(
                                        Step.newBuilder()
                                                .setName("mount /srv/database")
                                                .setDurationUs(41_000)))
                .setDuplicate(
                        Duplicate.newBuilder()
                                .setAddress("192.168.100.200")
                                .setMac("02:00:00:00:00:07")
                                .setSeenMs(NOW - 5_000)
                                .setCount(3))
                .addWarnings("somebody uses this vhid with another password (2 adverts)")
                .setAdvertsSent(1920)
                .setAdvertsReceived(12)
                .addRefused(Refused.newBuilder().setCause("digest").setCount(2))
                .setEpoch(7)
                .build();
    }

    private static VirtualIpStatus mail() {
        return VirtualIpStatus.newBuilder()
                .setName("mail")
                .addAddresses("10.9.9.9")
                .setVhid(2)
                .setState(VirtualIpState.VIRTUAL_IP_STATE_FAULT)
                .setStateReason(
                        "addresses: 10.9.9.9 is in no subnet of an interface; name one under spec.interface")
                .setAdvbase(1)
                .setIntervalMs(1000)
                .setAuthentication("strict")
                .setProtection("guard and lifetime")
                .build();
    }

    @Override
    public String order(String name, Order order) throws ControlException {
        status(List.of(name));
        asked.accept("vip " + name + " " + order);
        return "it takes no part until `hastctl vip release`";
    }
}
