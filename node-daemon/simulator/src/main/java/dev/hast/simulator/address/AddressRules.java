package dev.hast.simulator.address;

import dev.hast.core.address.ElectionState;
import dev.hast.core.address.IpAddress;
import dev.hast.simulator.kernel.Timeline;
import dev.hast.simulator.kernel.Violation;
import java.util.List;

/// What must hold, looked at after every event.
final class AddressRules {

    private final AddressWorld world;
    private final long[][] overlapSince;

    /// Who was announced last: what switches and neighbours believe.
    private int announced = -1;

    private long announcedAt;

    /// When a holder heard another node last.
    private final long[][] heardAt;

    /// When the last moment began in which nobody answered; -1 while somebody does.
    private long silentSince = -1;

    private long faultAt = Long.MIN_VALUE / 2;
    private long leaves;
    private boolean settled;
    private boolean noSilence;

    AddressRules(AddressWorld world) {
        this.world = world;
        final int size = world.options().nodes + world.options().peers.size();
        overlapSince = new long[size][size];
        heardAt = new long[size][size];
    }

    private long now() {
        return world.timeline().now();
    }

    // --- told ---

    void announced(Member member) {
        announced = member.index();
        announcedAt = now();
    }

    /// A holder has taken an advert of another node.
    void heard(ElectionNode holder, IpAddress source) {
        for (Member member : world.members()) {
            if (member.source().equals(source)) {
                heardAt[holder.index()][member.index()] = now();
            }
        }
    }

    /// @param lasts from the last advert on the wire, in true time
    void guardSet(ElectionNode node, long lasts) {
        final long most = (long) (node.settings().guard() / 0.99) + AddressOptions.LATENESS + 1_000;
        Violation.unless(
                lasts <= most,
                "a guard lasts no longer than G after an advert",
                "n%d: %d ms, G is %d ms",
                node.index() + 1,
                lasts / Timeline.MILLISECOND,
                node.settings().guard() / Timeline.MILLISECOND);
    }

    void preempting(ElectionNode node, long listened) {
        Violation.unless(
                listened >= node.settings().preemptDelay(),
                "the preempt delay is waited for",
                "n%d: after %d ms",
                node.index() + 1,
                listened / Timeline.MILLISECOND);
    }

    /// Something was done to a machine: what follows is no calm.
    void fault() {
        faultAt = now();
    }

    /// A holder is about to leave in order. If nothing else is wrong, somebody answers soon.
    void leavesInOrder(ElectionNode holder) {
        final long mine = ++leaves;
        final AddressOptions options = world.options();
        final long calm = 3 * options.bound() / 4;
        if (!holder.answers()
                || options.follows
                || !options.peers.isEmpty()
                || Math.max(faultAt, world.wire().disturbedLast()) > now() - calm) {
            return;
        }
        final boolean successor =
                world.nodes().stream()
                        .anyMatch(node -> node != holder && node.running() && hasListened(node));
        if (!successor) {
            return;
        }
        final long left = now();
        world.timeline()
                .after(
                        6 * options.settleMax(),
                        () -> {
                            if (leaves == mine
                                    && faultAt <= left
                                    && world.wire().disturbedLast() < left) {
                                Violation.unless(
                                        !holders().isEmpty(),
                                        "an orderly leave is over soon",
                                        "n%d left %d ms ago and nobody answers",
                                        holder.index() + 1,
                                        (now() - left) / Timeline.MILLISECOND);
                            }
                        });
    }

    private static boolean hasListened(ElectionNode node) {
        return node.status().state() == ElectionState.BACKUP
                && node.now() - node.status().since() > node.settings().plainMasterDown(240);
    }

    /// All is well again. `living`: somebody answered whose process had not stopped lately, so the
    /// address need not fall silent.
    void healed(boolean living) {
        noSilence = living;
        silentSince = -1;
    }

    /// From here on exactly one answers.
    void settled() {
        settled = true;
        noSilence = false;
    }

    // --- looked at ---

    List<Member> holders() {
        return world.members().stream().filter(Member::answers).toList();
    }

    void check() {
        final List<Member> members = world.members();
        int answering = 0;
        for (int a = 0; a < members.size(); a++) {
            if (!members.get(a).answers()) {
                continue;
            }
            answering++;
            for (int b = 0; b < members.size(); b++) {
                if (b != a && members.get(b).answers()) {
                    if (b > a) {
                        two(members.get(a), members.get(b));
                    }
                } else {
                    overlapSince[Math.min(a, b)][Math.max(a, b)] = now();
                }
            }
        }
        if (settled) {
            Violation.unless(
                    answering == 1, "exactly one holds when all is well", "%d answer", answering);
        }
        silence(answering);
    }

    private void two(Member a, Member b) {
        final AddressOptions options = world.options();
        Violation.unless(
                !options.follows,
                "never two where resources are followed",
                "n%d and n%d answer",
                a.index() + 1,
                b.index() + 1);
        final long disturbed = world.wire().disturbed(a.index(), b.index());
        final boolean plain = a instanceof PlainPeer || b instanceof PlainPeer;
        final long since =
                plain ? Math.max(disturbed, overlapSince[a.index()][b.index()]) : disturbed;
        final long allowed = plain ? options.twoWithPlain() : options.twoAfterDisturbance();
        Violation.unless(
                now() - since <= allowed,
                "never two that hear each other",
                "n%d and n%d answer, %d ms after they were last disturbed (%d ms at most)",
                a.index() + 1,
                b.index() + 1,
                (now() - since) / Timeline.MILLISECOND,
                allowed / Timeline.MILLISECOND);
    }

    private void silence(int answering) {
        if (answering > 0) {
            silentSince = -1;
        } else if (silentSince < 0) {
            silentSince = now();
        }
        if (noSilence && answering == 0) {
            final long most = world.options().nodes * 4 * world.options().settleMax();
            Violation.unless(
                    now() - silentSince <= most,
                    "no silence at a heal",
                    "nobody answers for %d ms (%d ms at most)",
                    (now() - silentSince) / Timeline.MILLISECOND,
                    most / Timeline.MILLISECOND);
        }
    }

    /// At the very end.
    void checkEnd() {
        final Member holder = holders().getFirst();
        // Plain peers neither say that they yield nor announce again. Of one whose adverts were all
        // lost the holder knows nothing; the announcement that comes each minute mends that.
        final boolean knew = announced < 0 || heardAt[holder.index()][announced] > announcedAt;
        Violation.unless(
                announced == holder.index() || !world.peers().isEmpty() || !knew,
                "the last announcement is the holder's",
                "n%d holds, n%d was announced last",
                holder.index() + 1,
                announced + 1);
        bestHolds(holder);
    }

    private void bestHolds(Member holder) {
        final AddressOptions options = world.options();
        final boolean judged =
                !options.follows
                        && options.peers.isEmpty()
                        && world.nodes().stream()
                                .allMatch(node ->
                                        node.settings().preempt() && !node.status().promoted());
        if (!judged) {
            return;
        }
        int best = Integer.MAX_VALUE;
        for (ElectionNode node : world.nodes()) {
            best = Math.min(best, worth(node));
        }
        final int held = worth(world.nodes().get(holder.index()));
        Violation.unless(
                held == best,
                "with preempt the best one holds",
                "n%d with skew %d holds, the best has %d",
                holder.index() + 1,
                held,
                best);
    }

    private static int worth(ElectionNode node) {
        final int demotion =
                node.status().demotion().values().stream().mapToInt(Integer::intValue).sum();
        return Math.clamp(node.settings().advskew() + demotion, 0, 240);
    }
}
