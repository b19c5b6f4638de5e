package dev.hast.daemon.address;

import dev.hast.daemon.document.Endpoint;
import dev.hast.daemon.document.VirtualIpDocument.CommandCheck;
import dev.hast.daemon.document.VirtualIpDocument.Probe;
import dev.hast.daemon.document.VirtualIpDocument.TcpCheck;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tries what a document wants tried, each probe on a thread of its own, and tells the sum of the
/// weights of those that fail whenever it changes.
final class Probes implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Probes.class);

    /// Hears of a change. Called on a probe's thread.
    @FunctionalInterface
    interface Listener {
        /// @param failing weights by the names of the probes that fail
        void changed(Map<String, Integer> failing);
    }

    private final Listener listener;
    private final Map<String, Integer> failing = new LinkedHashMap<>();
    private final List<Thread> threads;

    Probes(String group, List<Probe> probes, Listener listener) {
        this.listener = listener;
        threads =
                probes.stream()
                        .map(probe ->
                                Thread.ofVirtual()
                                        .name("probe " + group + " " + probe.name())
                                        .start(() -> run(group, probe)))
                        .toList();
    }

    private void run(String group, Probe probe) {
        int inARow = 0;
        boolean failed = false;
        try {
            while (!Thread.currentThread().isInterrupted()) {
                final long begun = System.nanoTime();
                final String cause = fault(probe);
                inARow = cause.isEmpty() == failed ? inARow + 1 : 0;
                if (inARow >= probe.failures()) {
                    failed = !failed;
                    inARow = 0;
                    LOG.atLevel(failed ? org.slf4j.event.Level.WARN : org.slf4j.event.Level.INFO)
                            .addKeyValue("address", group)
                            .addKeyValue("probe", probe.name())
                            .log(
                                    failed ? "the probe fails: {}" : "the probe succeeds again",
                                    cause);
                    tell(probe, failed);
                }
                final long rest = probe.interval().toNanos() - (System.nanoTime() - begun);
                Thread.sleep(Duration.ofNanos(Math.max(0, rest)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void tell(Probe probe, boolean failed) {
        if (failed) {
            failing.put(probe.name(), probe.weight());
        } else {
            failing.remove(probe.name());
        }
        listener.changed(Map.copyOf(failing));
    }

    /// Why a try failed; empty when it did not.
    private static String fault(Probe probe) {
        return switch (probe.check()) {
            case CommandCheck(var command) -> {
                try {
                    Commands.run(probe.timeout(), command);
                    yield "";
                } catch (AddressException e) {
                    yield String.valueOf(e.getMessage());
                }
            }
            case TcpCheck(Endpoint(var host, var port)) -> {
                try (Socket socket = new Socket()) {
                    socket.connect(
                            new InetSocketAddress(host, port), (int) probe.timeout().toMillis());
                    yield "";
                } catch (IOException e) {
                    yield host + ":" + port + " takes no connection: " + e.getMessage();
                }
            }
        };
    }

    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
    }
}
