package dev.hast.core.address;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A few elections on one segment, driven step by step: what one sends the others hear at once when
/// [#deliver] is called, and timers run only in [#run].
final class Segment {

    static final long MS = 1_000_000L;

    final class Node implements ElectionEffects {

        final String name;
        final Election election;
        final List<String> log = new ArrayList<>();
        final List<Advert> outbox = new ArrayList<>();
        final List<Long> tokens = new ArrayList<>();
        final IpAddress source;
        long guardUntil = Long.MIN_VALUE;
        boolean sendFails;
        boolean frozen;
        boolean deaf;

        Node(ElectionSettings settings) {
            name = "n" + settings.sender();
            source = new IpAddress(false, 0, 0x0a000000 + settings.sender());
            election = new Election(settings, 1000, 1 << 20, this);
        }

        boolean answers() {
            return guardUntil > now;
        }

        ElectionState state() {
            return election.status(now).state();
        }

        @Override
        public void send(Advert advert, long token) {
            outbox.add(advert);
            tokens.add(token);
        }

        @Override
        public void openGuard(long until) {
            log.add("open");
            guardUntil = until;
        }

        @Override
        public void renewGuard(long until) {
            if (guardUntil > now) {
                guardUntil = until;
            }
        }

        @Override
        public void closeGuard() {
            log.add("close");
            guardUntil = Long.MIN_VALUE;
        }

        @Override
        public void announce() {
            log.add("announce");
        }

        @Override
        public void beginPromotion(TransitionReason reason) {
            log.add("promote");
        }

        @Override
        public void beginYield(TransitionReason reason) {
            log.add("yield");
        }

        @Override
        public void transition(
                ElectionState from, ElectionState to, TransitionReason reason, String detail) {
            log.add(from + " -> " + to + " (" + reason.text() + ")");
        }
    }

    final Map<Long, Node> nodes = new LinkedHashMap<>();
    long now = 1_000 * MS;

    Node add(ElectionSettings settings) {
        final Node node = new Node(settings);
        nodes.put(settings.sender(), node);
        node.election.start(now);
        return node;
    }

    /// Everything sent, and what it leads to, is heard.
    void deliver() {
        boolean again = true;
        while (again) {
            again = false;
            for (Node from : nodes.values()) {
                while (!from.outbox.isEmpty()) {
                    again = true;
                    final Advert advert = from.outbox.removeFirst();
                    final boolean ok = !from.sendFails;
                    from.election.sent(from.tokens.removeFirst(), ok, now);
                    if (ok) {
                        hear(from, advert);
                    }
                }
            }
        }
    }

    private void hear(Node from, Advert advert) {
        for (Node to : nodes.values()) {
            if (to != from && !to.frozen && !to.deaf && to.state() != ElectionState.FAULT) {
                to.election.received(advert, from.source, now);
            }
        }
    }

    /// Lets time pass, timers in their order.
    void run(long nanos) {
        final long end = now + nanos;
        deliver();
        while (true) {
            Node next = null;
            for (Node node : nodes.values()) {
                if (!node.frozen
                        && (next == null || node.election.deadline() < next.election.deadline())) {
                    next = node;
                }
            }
            if (next == null || next.election.deadline() > end) {
                break;
            }
            now = Math.max(now, next.election.deadline());
            next.election.tick(now);
            deliver();
        }
        now = end;
    }
}
