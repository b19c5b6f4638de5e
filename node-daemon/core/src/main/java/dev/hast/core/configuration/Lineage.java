package dev.hast.core.configuration;

/// How a replica's data stands to a configuration, judged by the histories of reigns alone.
public enum Lineage {
    /// Its acknowledged writes are all part of the configuration's history: it can be brought up to
    /// date.
    BEHIND,
    /// It has seen a newer epoch of the same reign: the configuration is the stale one.
    AHEAD,
    /// Both may have acknowledged writes that the other lacks: split-brain.
    DIVERGED
}
