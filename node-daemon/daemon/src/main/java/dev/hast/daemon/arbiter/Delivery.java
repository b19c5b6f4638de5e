package dev.hast.daemon.arbiter;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands outcomes to those who asked, on their own executors.
final class Delivery {

    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

    private Delivery() {}

    /// Who has stopped meanwhile is told nothing.
    static void to(Executor receiver, Runnable outcome) {
        try {
            receiver.execute(outcome);
        } catch (RejectedExecutionException e) {
            LOG.atDebug()
                    .setCause(e)
                    .log("an answer of the arbiter came after its receiver had stopped");
        }
    }
}
