package dev.hast.core.replication;

import dev.hast.core.volume.ExtentMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Compares the in-sync replicas by hash, one peer after the other, and reports or repairs what
/// differs.
final class Verification implements Comparison.Listener {

    private final ReplicaState state;
    private final PrimaryRole primary;
    private final RangeLocks locks;
    private final Throttle throttle;
    private @Nullable Comparison comparison;
    private @Nullable Peer peer;
    private boolean repair;
    private int nextPeer;
    private final List<String> compared = new ArrayList<>();
    private final List<String> away = new ArrayList<>();
    private long mismatched;
    private @Nullable AdminAnswer answer;
    private long allMismatched;

    Verification(ReplicaState state, PrimaryRole primary, RangeLocks locks, Throttle throttle) {
        this.state = state;
        this.primary = primary;
        this.locks = locks;
        this.throttle = throttle;
    }

    void begin(boolean repairToo, AdminAnswer then) {
        if (comparison != null) {
            then.answered(false, "a verify of this resource is running; stop it first");
            return;
        }
        repair = repairToo;
        nextPeer = 0;
        compared.clear();
        away.clear();
        allMismatched = 0;
        answer = then;
        next();
    }

    private void next() {
        comparison = null;
        peer = null;
        while (nextPeer < state.peers.size()) {
            final Peer candidate = state.peers.get(nextPeer++);
            if (state.configuration == null
                    || !state.configuration.inSync().contains(candidate.slot)) {
                continue;
            }
            if (candidate.ready()) {
                compare(candidate);
                return;
            }
            away.add(candidate.node);
        }
        finish(!compared.isEmpty(), verdict());
    }

    private String verdict() {
        if (compared.isEmpty()) {
            return away.isEmpty()
                    ? "nothing was compared: no other replica is in sync"
                    : "nothing was compared: no connection to " + String.join(", ", away);
        }
        final String found =
                allMismatched > 0
                        ? allMismatched + " bytes differed"
                        : away.isEmpty()
                                ? "all replicas are equal"
                                : "equal here and at " + String.join(", ", compared);
        return away.isEmpty()
                ? found
                : found + "; not compared, for want of a connection: " + String.join(", ", away);
    }

    private void compare(Peer with) {
        final ExtentMap all =
                new ExtentMap((int) Math.ceilDiv(state.size(), state.extents.extentBytes()));
        all.setAll();
        peer = with;
        mismatched = 0;
        comparison =
                new Comparison(
                        state,
                        primary,
                        locks,
                        with,
                        repair ? Comparison.Direction.REPAIR : Comparison.Direction.REPORT,
                        all,
                        throttle,
                        this);
        comparison.pump();
    }

    @Override
    public void compared() {
        if (peer != null && comparison != null) {
            compared.add(peer.node);
            state.effects.report(
                    new Report.VerifyDone(peer.node, comparison.checkedBytes(), mismatched));
        }
        next();
    }

    @Override
    public void failed(String cause) {
        comparison = null;
        finish(false, "verify ended early: " + cause);
    }

    @Override
    public void failedHere(String cause) {
        failed(cause);
    }

    @Override
    public void mismatch(long offset, int length) {
        mismatched += length;
        allMismatched += length;
        if (peer != null) {
            state.effects.report(new Report.VerifyMismatch(peer.node, offset, length, repair));
        }
    }

    boolean received(Peer from, Message.Hashes hashes) {
        return comparison != null && comparison.received(from, hashes);
    }

    void goOn() {
        if (comparison != null) {
            comparison.pump();
        }
    }

    void linkDown(Peer lost) {
        if (peer == lost && comparison != null) {
            stop("the link to " + lost.node + " broke");
        }
    }

    void stop(String cause) {
        if (comparison != null) {
            comparison.cancel();
            comparison = null;
            finish(false, "verify was stopped: " + cause);
        }
    }

    private void finish(boolean accepted, String message) {
        final AdminAnswer then = answer;
        answer = null;
        peer = null;
        if (then != null) {
            then.answered(accepted, message);
        }
    }

    ReplicaStatus.@Nullable Verify status() {
        return comparison == null || peer == null
                ? null
                : new ReplicaStatus.Verify(
                        peer.node, comparison.checkedBytes(), state.size(), mismatched);
    }
}
