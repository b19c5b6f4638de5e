package dev.hast.daemon.guard;

/// What keeps a service address from being answered by two nodes when this daemon dies or freezes.
public sealed interface Protection {

    /// nftables drops the traffic of an address that is not renewed; the kernel's lifetime of the
    /// address is the last resort.
    ///
    /// @param owned other programs cannot remove the rules while this daemon lives
    record GuardAndLifetime(boolean owned) implements Protection {}

    /// The kernel's lifetime of the address alone: it is answered for seconds longer.
    ///
    /// @param reason why there are no rules, and what to do
    record LifetimeOnly(String reason) implements Protection {}
}
