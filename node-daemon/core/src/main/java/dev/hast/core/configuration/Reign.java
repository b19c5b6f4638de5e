package dev.hast.core.configuration;

/// An unbroken period of one primary. Every promotion, and every resumption by a restarted primary,
/// begins a new one.
///
/// @param tag random, so that two reigns begun apart from each other can never be taken for one
/// @param firstEpoch the epoch that began it
/// @param basis the newest epoch whose acknowledged writes it is sure to hold: the epoch before,
///   except after a forced promotion
/// @param forced whether a person forced it on a replica that may have lacked acknowledged writes
public record Reign(long tag, long firstEpoch, long basis, boolean forced) {

    @Override
    public String toString() {
        return "%016x@%d%s".formatted(tag, firstEpoch, forced ? "(forced on " + basis + ")" : "");
    }
}
