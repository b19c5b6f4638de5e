package dev.hast.daemon.arbiter;

import dev.hast.core.configuration.Configuration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/// The register that holds the configuration of each resource, one record a resource, by the
/// resource's name.
///
/// It is linearizable: a read sees every change that was answered before the read began. Calls
/// return at once, on any thread; the outcome is delivered exactly once, as a task of the executor
/// that the caller passes (a resource passes its event loop), within twice the arbiter's time-out.
/// An executor that refuses tasks (a loop that was shut down) loses its outcomes. Calls of one
/// caller on one name may overtake each other: a caller that cares waits for each answer.
///
/// ## Unknown outcomes
///
/// After [ArbiterOutcome.Unknown] the change may still be on its way. **The next call on that name
/// that this arbiter answers with something definite settles it**: a [#read] that shows the old
/// configuration has made sure that the lost change can no longer happen. A plain read of the store
/// would not do: a server that was frozen may process an old request after the read.
///
/// Names are those of resources: [#requireName].
public interface Arbiter extends AutoCloseable {

    ArbiterKind kind();

    /// Reads the register of a resource.
    void read(
            String resourceName, Executor executor, Consumer<? super ArbiterOutcome.OfRead> answer);

    /// Puts `proposed` into the register if, and only if, the register is at `expected`
    /// ([Revision#ABSENT] to create it).
    void compareAndSet(
            String resourceName,
            Revision expected,
            Configuration proposed,
            Executor executor,
            Consumer<? super ArbiterOutcome.OfSwap> answer);

    /// Runs `hint` on `executor` when the register may have changed, now and then also when it has
    /// not, and sometimes not although it has. It only makes a reader look earlier than it would
    /// have; nothing safety-relevant may depend on it.
    ///
    /// @return ends the hints
    Watch watch(String resourceName, Executor executor, Runnable hint);

    /// Stops. Calls under way are answered as [ArbiterOutcome.Unavailable] or
    /// [ArbiterOutcome.Unknown].
    @Override
    void close();

    /// Hints under way. Closing twice does nothing.
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /// Checks that a name can be a key of every arbiter, which includes being the name of a file.
    ///
    /// @throws IllegalArgumentException if it is not 1 to 127 of `A-Z a-z 0-9 . _ -`, beginning
    ///   with a letter or digit
    static String requireName(String resourceName) {
        if (!resourceName.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,126}")) {
            throw new IllegalArgumentException(
                    "a resource name is 1 to 127 letters, digits, '.', '_' or '-', and begins with a letter or"
                            + " digit, unlike '"
                            + resourceName
                            + "'");
        }
        return resourceName;
    }
}
