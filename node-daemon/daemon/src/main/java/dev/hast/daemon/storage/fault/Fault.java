package dev.hast.daemon.storage.fault;

import java.time.Duration;

/// What is done to a request.
public sealed interface Fault {
    /// It ends with `-errno` and never reaches the provider.
    record Fail(int errno) implements Fault {}

    /// The process ends in the middle of it, as by `kill -9`: the request never reaches the
    /// provider.
    record Crash() implements Fault {}

    /// It is handed on later.
    record Delay(Duration by) implements Fault {}

    /// It is held until no rule holds it any more; then handed on.
    record Hang() implements Fault {}
}
