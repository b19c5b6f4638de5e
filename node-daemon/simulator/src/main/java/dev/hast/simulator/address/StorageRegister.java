package dev.hast.simulator.address;

import dev.hast.simulator.kernel.Timeline;

/// The exclusive register behind followed resources: at most one node is primary, for as long as it
/// renews its grant.
final class StorageRegister {

    static final int NOBODY = -1;

    private final Timeline timeline;
    private final long grant;
    private int primary = NOBODY;
    private long epoch;
    private long grantEnds;

    StorageRegister(Timeline timeline, long grant) {
        this.timeline = timeline;
        this.grant = grant;
    }

    int primary() {
        return primary;
    }

    long epoch() {
        return epoch;
    }

    /// A new epoch with this primary, unless another one's grant may last.
    boolean promote(int node) {
        if (primary != NOBODY && primary != node && timeline.now() < grantEnds) {
            return false;
        }
        primary = node;
        epoch++;
        extend();
        return true;
    }

    boolean renew(int node) {
        if (primary != node) {
            return false;
        }
        extend();
        return true;
    }

    void giveUp(int node) {
        if (primary == node) {
            primary = NOBODY;
        }
    }

    /// The node's clock may be slow.
    private void extend() {
        grantEnds = timeline.now() + grant + grant / 20;
    }

    boolean vacant() {
        return primary == NOBODY || timeline.now() >= grantEnds;
    }
}
