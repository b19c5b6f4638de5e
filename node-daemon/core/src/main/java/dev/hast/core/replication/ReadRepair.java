package dev.hast.core.replication;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Serves a read that the local provider cannot, from an in-sync peer, and writes the block again
/// (S11).
///
/// The range is held exclusively meanwhile, so what is written back is what every other replica
/// holds.
final class ReadRepair implements Operation.Owner {

    /// `peer` is asked when the range is granted; before that it may still change.
    private record Job(Operation read, Operation copy, Peer peer, long id) {}

    private final ReplicaState state;
    private final PrimaryRole primary;
    private final RangeLocks locks;
    private final List<Job> jobs = new ArrayList<>();
    private long lastId;

    ReadRepair(ReplicaState state, PrimaryRole primary, RangeLocks locks) {
        this.state = state;
        this.primary = primary;
        this.locks = locks;
    }

    /// Takes a failed read over; says no when nobody else can serve it.
    boolean begin(Operation read) {
        final Peer peer = source();
        if (peer == null || !state.isPrimary()) {
            return false;
        }
        read.local = false;
        locks.release(read);
        final Operation copy =
                state.operations.take(
                        Operation.Kind.COPY, Operation.Origin.INTERNAL, read.offset, read.length);
        copy.owner = this;
        // Ids of repairs are negative: those of comparisons are positive.
        jobs.add(new Job(read, copy, peer, --lastId));
        locks.acquire(copy);
        return true;
    }

    private @Nullable Peer source() {
        for (Peer peer : state.peers) {
            if (isSource(peer)) {
                return peer;
            }
        }
        return null;
    }

    private boolean isSource(Peer peer) {
        return peer.ready()
                && peer.failing == null
                && !peer.lost
                && state.configuration != null
                && state.configuration.inSync().contains(peer.slot);
    }

    @Override
    public void granted(Operation copy) {
        final Job job = jobOf(copy);
        if (job == null) {
            return;
        }
        // Writes may have come in between, and the set may have shrunk for them: only who is in it
        // now has them all.
        final Peer peer = source();
        if (peer == null) {
            finish(job, Replica.EIO);
            return;
        }
        final Job asked = new Job(job.read, job.copy, peer, job.id);
        jobs.set(jobs.indexOf(job), asked);
        state.send(peer, new Message.ReadRequest(asked.id, copy.offset, copy.length));
    }

    /// Says whether the reply was for a repair.
    boolean received(Message.ReadReply reply) {
        for (Job job : jobs) {
            if (job.id == reply.id()) {
                replied(job, reply);
                return true;
            }
        }
        return false;
    }

    private void replied(Job job, Message.ReadReply reply) {
        if (reply.result() < 0 || reply.length() != job.copy.length || !isSource(job.peer)) {
            job.copy.buffer = reply.buffer();
            finish(job, Replica.EIO);
            return;
        }
        state.effects.copy(reply.buffer(), job.read.buffer, reply.length());
        job.copy.buffer = reply.buffer();
        job.read.result = 0;
        job.read.local = true;
        primary.review(job.read);
        state.extents.prepare(job.copy, state.absent());
    }

    @Override
    public void stored(Operation copy) {
        final Job job = jobOf(copy);
        if (job == null) {
            primary.end(copy);
            return;
        }
        jobs.remove(job);
        final int result = copy.result;
        final long offset = copy.offset;
        final int length = copy.length;
        primary.end(copy);
        if (result < 0) {
            state.failProvider(
                    "a block that could not be read could not be written either, errno " + -result);
        } else {
            state.effects.report(new Report.Repaired(offset, length, job.peer.node));
        }
    }

    @Override
    public void confirmed(Operation copy) {
        // A repair is sent to nobody.
    }

    void linkDown(Peer peer) {
        for (Job job : List.copyOf(jobs)) {
            if (job.peer == peer && !job.copy.submitted && !job.read.local) {
                finish(job, Replica.EIO);
            }
        }
    }

    private void finish(Job job, int result) {
        jobs.remove(job);
        primary.end(job.copy);
        job.read.result = result;
        job.read.local = true;
        primary.review(job.read);
    }

    void cancel() {
        for (Job job : List.copyOf(jobs)) {
            jobs.remove(job);
            job.read.local = true;
            if (!job.copy.submitted) {
                state.extents.forget(job.copy);
                primary.end(job.copy);
            }
        }
    }

    private @Nullable Job jobOf(Operation copy) {
        for (Job job : jobs) {
            if (job.copy == copy) {
                return job;
            }
        }
        return null;
    }
}
