package dev.hast.daemon.resource;

import dev.hast.core.replication.Replica;
import org.jspecify.annotations.Nullable;

/// Tells somebody who follows a resource how it stands. Public methods on any thread.
public final class Follower {

    private volatile @Nullable Runnable told;
    private volatile ResourceStanding standing = ResourceStanding.NONE;

    /// From now on `change` is run on the loop when [#standing] has changed in what matters; null:
    /// nobody follows any more.
    public void follow(@Nullable Runnable change) {
        told = change;
    }

    /// How it stands; kept up only while somebody follows.
    public ResourceStanding standing() {
        return standing;
    }

    void look(Replica replica) {
        if (told != null) {
            set(ResourceStanding.of(replica, standing, System.nanoTime()));
        }
    }

    /// The replica runs no more.
    void gone() {
        set(ResourceStanding.NONE);
    }

    private void set(ResourceStanding next) {
        final ResourceStanding before = standing;
        standing = next;
        final Runnable change = told;
        if (change != null && next.differsFrom(before)) {
            change.run();
        }
    }
}
