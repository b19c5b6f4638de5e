package dev.hast.core.address;

/// What came of a packet.
public sealed interface Reading {

    /// For [Election#received].
    record Accepted(Advert advert) implements Reading {}

    record Refused(AdvertRefusal cause) implements Reading {}
}
