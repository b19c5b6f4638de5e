package dev.hast.daemon.node;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How large the Java heap should be for as many resources as there are. It may grow beyond that,
/// up to `-Xmx`, when it must: this only makes the collector work before it takes more, because
/// what it took once stays locked in memory.
final class HeapAim {

    private static final Logger LOG = LoggerFactory.getLogger(HeapAim.class);
    private static final long BASE_BYTES = 60L << 20;

    /// Some 0.6 MiB of it are what a resource keeps; the rest is room, so that the collector is
    /// idle.
    private static final long RESOURCE_BYTES = 4L << 20;

    private HeapAim() {}

    static long bytes(int resources, long heapMax) {
        return Math.min(heapMax, BASE_BYTES + resources * RESOURCE_BYTES);
    }

    static void set(int resources) {
        final long aim = bytes(resources, Runtime.getRuntime().maxMemory());
        try {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .setVMOption("SoftMaxHeapSize", Long.toString(aim));
        } catch (IllegalArgumentException | UnsupportedOperationException e) {
            // Memory is all that it costs.
            LOG.atInfo()
                    .addKeyValue("bytes", aim)
                    .log("this Java takes no aim for its heap: {}", e);
        }
    }
}
