package dev.hast.core.replication;

/// The machines of one replica that others of it need.
record ReplicaParts(
        ReplicaState state,
        Membership membership,
        PrimaryRole primary,
        SecondaryRole secondary,
        Settlement settlement,
        Verification verification,
        RangeLocks locks,
        Throttle throttle) {}
