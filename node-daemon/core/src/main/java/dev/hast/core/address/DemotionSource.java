package dev.hast.core.address;

/// What makes a node worse than its advskew says.
public enum DemotionSource {
    /// An interface that matters is down (another one: this group's own is [Election#linkDown]).
    INTERFACE_DOWN,
    /// Three adverts in a row could not be sent. Set by the election itself.
    SEND_ERRORS,
    /// A followed resource could not be primary here.
    RESOURCE_NOT_PROMOTABLE,
    /// A probe of the service failed.
    PROBE,
    /// An administrator's `demote`. Set by the election itself.
    ADMINISTRATOR,
    /// `demotion` of the document, as `net.inet.carp.demotion`.
    DOCUMENT
}
