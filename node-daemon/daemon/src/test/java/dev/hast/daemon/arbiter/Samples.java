package dev.hast.daemon.arbiter;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Member;
import dev.hast.core.configuration.Reign;
import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.configuration.ResourceId;
import java.util.List;

/// Configurations to put into registers.
final class Samples {

    private Samples() {}

    static Configuration first() {
        return new Configuration(
                new ResourceId(0x0123456789abcdefL, 0xfedcba9876543210L),
                1,
                0,
                ReplicaSet.of(0, 1),
                List.of(new Member(0, "alpha"), new Member(1, "beta")),
                1L << 30,
                List.of(new Reign(0x00000000000000a1L, 1, 0, false)));
    }

    /// A successor that nobody else proposes: its reign carries the given tag.
    static Configuration next(Configuration before, int primary, long tag) {
        return before.promote(
                primary,
                before.inSync(),
                new Reign(tag, before.epoch() + 1, before.epoch(), false));
    }
}
