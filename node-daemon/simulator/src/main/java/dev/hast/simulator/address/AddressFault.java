package dev.hast.simulator.address;

/// What can happen on a simulated segment. A seed switches each on or off and draws how often it
/// comes.
public enum AddressFault {
    /// Adverts get lost.
    LOSS,
    /// Adverts are late, by up to two intervals.
    DELAY,
    /// Adverts come twice.
    COPIES,
    /// Adverts pass one way only.
    ONE_WAY,
    /// Two groups of nodes do not hear each other.
    PARTITION,
    /// A process stops for a while; its kernel goes on.
    FREEZE,
    /// The same between sending an advert and renewing the guard.
    FREEZE_IN_SEND,
    /// A process dies; its kernel goes on.
    CRASH,
    /// A machine loses power.
    POWER,
    /// A link goes down, and the node hears of it.
    LINK,
    /// A node's adverts cannot be sent; it hears.
    SEND_ERRORS,
    /// A probe changes a node's demotion.
    DEMOTION,
    /// Administrators hold, release, demote and promote.
    ADMINISTRATOR,
    /// Orderly stop and start.
    RESTART,
    /// Somebody sends old adverts again.
    REPLAY,
    /// A node does not reach the storage's arbiter.
    ARBITER_CUT
}
