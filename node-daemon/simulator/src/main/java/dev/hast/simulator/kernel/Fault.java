package dev.hast.simulator.kernel;

/// What can happen to a simulated cluster. A seed switches each on or off and draws how often it
/// comes.
public enum Fault {
    /// The process dies, the machine's cache stays.
    PROCESS_CRASH,
    /// A machine loses power, and with it what was not flushed.
    POWER_CUT,
    /// Several machines lose power at one moment.
    POWER_CUT_MANY,
    /// The process stops for a while and wakes with all that came meanwhile.
    FREEZE,
    /// The timer of a process is late while everything else works.
    TICK_PAUSE,
    /// No data both ways between two groups of nodes.
    PARTITION,
    /// Data passes one way only.
    ONE_WAY,
    /// One connection breaks and comes back.
    LINK_BREAK,
    SLOW_LINK,
    SLOW_DISK,
    /// Sectors that cannot be read until they are written.
    BAD_SECTOR,
    /// Writes, flushes and zeroing fail with EIO for a while.
    WRITE_ERROR,
    /// The same with ENOSPC.
    NO_SPACE,
    /// A bit of a metadata page at rest flips while the node is down.
    ROT,
    /// Metadata in flight at a power cut lands on another page.
    MISDIRECTED,
    /// The arbiter answers nobody.
    ARBITER_AWAY,
    /// One node does not reach the arbiter.
    ARBITER_CUT,
    /// The arbiter's answers get lost, its changes happen late.
    ARBITER_LOSSY,
    ARBITER_SLOW,
    /// Nodes hear of the register by the way, also of its past.
    ARBITER_HINT,
    HAND_OVER,
    DEMOTE,
    PROMOTE,
    MEMBERSHIP,
    GROW,
    VERIFY,
    PAUSE_RESYNC,
    ORDERLY_STOP,
    /// Promotion by force: acknowledged writes may be lost, two lineages may exist.
    FORCE
}
