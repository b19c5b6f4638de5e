package dev.hast.daemon.address;

import dev.hast.daemon.document.Documents;
import dev.hast.daemon.document.LoadOutcome;
import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.metrics.MetricsText;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A daemon reduced to its service addresses. Run in a namespace of its own, to be frozen and
/// killed.
///
/// Arguments: the node, a file of documents, a directory for its state. Says each transition and
/// notice; reads `reload`, `status`, or one of the orders, line by line; ends in order at the end
/// of its input.
final class GroupProgram {
    private GroupProgram() {}

    public static void main(final String[] arguments) throws Exception {
        final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
        final String node = arguments[0];
        final Path documents = Path.of(arguments[1]);
        try (VirtualIps ips =
                        VirtualIps.start(
                                node,
                                read(documents, node),
                                blocking,
                                new FakeStorage(Path.of(arguments[2]).getParent()),
                                Path.of(arguments[2]),
                                new Spoken());
                BufferedReader orders =
                        new BufferedReader(
                                new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println("runs");
            for (String line = orders.readLine(); line != null; line = orders.readLine()) {
                switch (line) {
                    case "reload" -> ips.apply(read(documents, node));
                    case "status" -> {}
                    case "metrics" -> {
                        final MetricsText metrics = new MetricsText();
                        VirtualIpsMetrics.write(ips, metrics);
                        System.out.println(metrics);
                    }
                    default -> ips.order("g", GroupOrder.valueOf(line));
                }
                System.out.println(
                        "status " + VirtualIpsView.of(ips).toString().replace('\n', ' '));
            }
        }
        System.out.println("ended");
        System.exit(0);
    }

    private static List<VirtualIpDocument> read(final Path file, final String node) {
        return switch (Documents.load(List.of(file))) {
            case LoadOutcome.Loaded(var set) -> set.virtualIpsOn(node);
            case LoadOutcome.Refused refused -> throw new IllegalStateException(refused.text());
        };
    }

    private static final class Spoken implements AddressEvents {
        @Override
        public void transition(
                final String group, final String from, final String to, final String cause) {
            System.out.println(from + " " + to + ": " + cause);
        }

        @Override
        public void notice(final String group, final String text) {
            System.out.println("notice " + text);
        }

        @Override
        public void changed() {}
    }
}
