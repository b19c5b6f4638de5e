package dev.hast.daemon;

import dev.hast.daemon.document.DocumentSet;
import dev.hast.daemon.document.Documents;
import dev.hast.daemon.document.LoadOutcome;
import dev.hast.daemon.document.NodeDocument;
import dev.hast.daemon.node.NodeDaemon;
import dev.hast.daemon.posix.ProcessCalls;
import dev.hast.daemon.resource.ResourceException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `hastd [-c PATH]... [-n NODE] [-x]`: reads the documents, runs the node, and stops it in order
/// on SIGTERM or SIGINT.
///
/// SIGHUP reads the documents again. SIGTERM under a device that is in use is a planned restart:
/// the device stays, and the secondaries hold off for some seconds. Exit status: 0 stopped in
/// order, 78 (`EX_CONFIG`) the documents or the machine do not allow to run.
public final class Main {

    private static final Logger LOG = LoggerFactory.getLogger(Main.class);
    private static final List<Path> DEFAULT_PATHS =
            List.of(Path.of("/etc/hast"), Path.of("/etc/hast/resources.d"));
    private static final Duration RESTART_HOLD = Duration.ofSeconds(10);
    private static final int EX_USAGE = 64;
    private static final int EX_CONFIG = 78;
    private static final String USAGE =
            """
            usage: hastd [-c PATH]... [-n NODE] [-x]
              -c PATH  a document, or a directory of documents; default /etc/hast and /etc/hast/resources.d
              -n NODE  this node's name; default the host name
              -x       no block devices: volumes are exported over NBD only
            """;

    private Main() {}

    public static void main(String[] arguments) {
        final List<Path> paths = new ArrayList<>();
        @Nullable String name = null;
        boolean devices = true;
        for (int i = 0; i < arguments.length; i++) {
            final boolean more = i + 1 < arguments.length;
            switch (arguments[i]) {
                case "-c" -> paths.add(Path.of(more ? arguments[++i] : usage()));
                case "-n" -> name = more ? arguments[++i] : usage();
                case "-x" -> devices = false;
                default -> usage();
            }
        }
        try {
            run(
                    paths.isEmpty() ? DEFAULT_PATHS.stream().filter(Files::exists).toList() : paths,
                    name,
                    devices);
        } catch (ResourceException | IOException | RuntimeException e) {
            LOG.atDebug().setCause(e).log("not started");
            refuse(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String usage() {
        System.err.print(USAGE);
        System.exit(EX_USAGE);
        return "";
    }

    private static void refuse(String cause) {
        System.err.println("hastd: " + cause);
        System.exit(EX_CONFIG);
    }

    private static void run(List<Path> paths, @Nullable String wanted, boolean devices)
            throws ResourceException, IOException, InterruptedException {
        final DocumentSet documents =
                switch (Documents.load(paths)) {
                    case LoadOutcome.Refused refused -> throw new ResourceException(refused.text());
                    case LoadOutcome.Loaded(DocumentSet loaded) -> loaded;
                };
        final String name = wanted == null ? InetAddress.getLocalHost().getHostName() : wanted;
        final Optional<NodeDocument> node = documents.node(name);
        if (node.isEmpty()) {
            throw new ResourceException(
                    "no HastNode document for node %s in %s; write one (docs/reference/documents.md) or name the node with -n"
                            .formatted(name, paths));
        }
        prepareProcess();
        final NodeDaemon daemon = new NodeDaemon(node.get(), documents, paths, devices);
        Signals.on("HUP", daemon::reload);
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .name("hast-shutdown")
                                .unstarted(() -> daemon.terminate(RESTART_HOLD)));
        daemon.awaitStop();
    }

    /// The daemon is part of the write-back path: it must neither be paged out nor wait for the
    /// write-back that waits for it.
    private static void prepareProcess() {
        warnUnless(
                ProcessCalls.markIoFlusher(),
                "PR_SET_IO_FLUSHER (needs CAP_SYS_RESOURCE): under memory pressure, writes may stall");
        warnUnless(
                ProcessCalls.lockMemory(),
                "mlockall (raise LimitMEMLOCK): a paged-out daemon loses its grants");
    }

    private static void warnUnless(int result, String what) {
        if (result < 0) {
            LOG.atWarn().addKeyValue("errno", -result).log("the kernel refused {}", what);
        }
    }
}
