package dev.hast.daemon.node;

import dev.hast.control.v1.VerifyStatus;
import dev.hast.core.replication.Report;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The last verify of each resource: the core forgets one as soon as it has ended, and a person
/// asks later. Thread-safe.
final class VerifyLog {

    private final Map<String, VerifyStatus> last = new ConcurrentHashMap<>();

    /// Called before the order is given, so that nothing it reports is missed.
    ///
    /// @return what stood there before, for [#refused]
    Optional<VerifyStatus> begun(String resource, boolean repair) {
        return Optional.ofNullable(
                last.put(
                        resource,
                        VerifyStatus.newBuilder()
                                .setRunning(true)
                                .setRepair(repair)
                                .setStartedMs(System.currentTimeMillis())
                                .build()));
    }

    /// The order was refused: what stood there before stands again.
    void refused(String resource, Optional<VerifyStatus> before) {
        before.ifPresentOrElse(verify -> last.put(resource, verify), () -> last.remove(resource));
    }

    /// One replica has been compared to its end.
    void compared(String resource, Report.VerifyDone done) {
        last.computeIfPresent(
                resource,
                (_, verify) -> {
                    var more = verify.toBuilder();
                    more.setDifferingBytes(verify.getDifferingBytes() + done.mismatchedBytes());
                    if (verify.getRepair()) {
                        more.setRepairedBytes(more.getDifferingBytes());
                    }
                    return more.build();
                });
    }

    /// It has ended, with `done` or a cause.
    void ended(String resource, String result) {
        last.computeIfPresent(
                resource,
                (_, verify) ->
                        verify.toBuilder()
                                .setRunning(false)
                                .setResult(result)
                                .setEndedMs(System.currentTimeMillis())
                                .build());
    }

    /// What the status shows: how far the one that runs has come, else how the last one ended.
    ///
    /// @param running as the core sees it; empty when none runs
    Optional<VerifyStatus> of(String resource, Optional<VerifyStatus> running) {
        var known = Optional.ofNullable(last.get(resource));
        if (running.isEmpty() || known.isEmpty()) {
            return running.or(() -> known);
        }
        return Optional.of(
                known.get().toBuilder()
                        .setRunning(true)
                        .setProgress(running.get().getProgress())
                        .setDifferingBytes(
                                known.get().getDifferingBytes() + running.get().getDifferingBytes())
                        .build());
    }
}
