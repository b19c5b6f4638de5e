package dev.hast.daemon.storage;

import io.netty.channel.uring.IoUring;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says once for the whole process that threads stand in for io_uring, and why.
final class EngineFallback {
    private static final Logger LOG = LoggerFactory.getLogger(EngineFallback.class);
    private static final AtomicBoolean SAID = new AtomicBoolean();

    private EngineFallback() {}

    static void logOnce() {
        if (!SAID.compareAndSet(false, true)) {
            return;
        }
        final String cause =
                IoUring.isAvailable()
                        ? "the event loop runs on another transport"
                        : String.valueOf(IoUring.unavailabilityCause().getMessage());
        LOG.atInfo()
                .addKeyValue("cause", cause)
                .log(
                        "disk I/O uses threads instead of io_uring: the same results for more CPU time; "
                                + "to change it allow io_uring (sysctl kernel.io_uring_disabled=0, the container's seccomp profile)");
    }
}
