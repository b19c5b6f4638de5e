package dev.hast.core.address;

import java.util.Map;

/// What an election looks like from outside, at one moment.
///
/// @param since when the state began
/// @param effectiveSkew with demotion
/// @param demotion points of each source that has some
/// @param heldBack whether an administrator keeps this node out
/// @param promoted whether it holds by an administrator's wish
/// @param epoch of the followed resources if they are primary here
/// @param guardUntil end of the guard; only MASTER has one
/// @param holders how many other nodes are known to hold the address
/// @param deadline see [Election#deadline]
public record ElectionStatus(
        ElectionState state,
        long since,
        TransitionReason reason,
        int effectiveSkew,
        Map<DemotionSource, Integer> demotion,
        boolean heldBack,
        boolean promoted,
        long epoch,
        long guardUntil,
        int holders,
        long deadline) {}
