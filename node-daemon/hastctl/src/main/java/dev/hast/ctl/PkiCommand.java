package dev.hast.ctl;

import dev.hast.ctl.output.Words;
import dev.hast.daemon.pki.CertificateAuthority;
import dev.hast.daemon.pki.PkiException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "pki",
        description = {
            "Make the certificates that nodes prove their names with. Needs no daemon.",
            "",
            "One directory holds the authority; keep it on a machine that runs no workload. Copy to each node only"
                    + " ca.crt, crl.pem and the node's own .crt and .key. Files are for their owner alone, and nothing"
                    + " is overwritten."
        },
        footer = {
            "",
            "Examples:",
            "  hastctl pki init",
            "  hastctl pki node hast-a --host 192.168.100.197",
            "  hastctl pki node admin                # for hastctl --node",
            "  hastctl pki revoke hast-b             # then copy crl.pem to every node and reload"
        })
final class PkiCommand implements Callable<Integer> {

    private static final String DIRECTORY = "/etc/hast/pki";

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Missing: init, node or revoke");
    }

    @Command(
            name = "init",
            description = "Make a certificate authority and an empty list of revoked certificates.",
            footer = {
                "",
                "Examples:",
                "  hastctl pki init",
                "  hastctl pki init --dir /root/hast-pki --name 'site 1'"
            })
    static final class Init implements Callable<Integer> {

        private final Session session;

        @Option(names = "--dir", paramLabel = "DIR", description = "Default: " + DIRECTORY + ".")
        private Path directory = Path.of(DIRECTORY);

        @Option(
                names = "--name",
                paramLabel = "NAME",
                description = "Of the authority. Default: HAST.")
        private String name = "HAST";

        Init(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws PkiException {
            var authority = CertificateAuthority.create(directory, name, session.console().clock());
            var until = authority.certificate().getNotAfter().getTime();
            session.print(
                    "made "
                            + directory.resolve("ca.crt")
                            + ", until "
                            + Words.time(until, session.console().zone())
                            + "\n"
                            + "keep "
                            + directory.resolve("ca.key")
                            + " secret: who has it can be any node\n");
            return ExitCode.OK;
        }
    }

    @Command(
            name = "node",
            description = "Issue the certificate of a node; its name is what peers are proved.",
            footer = {
                "",
                "Examples:",
                "  hastctl pki node hast-a --host 192.168.100.197 --host hast-a.example.org"
            })
    static final class Node implements Callable<Integer> {

        private final Session session;

        @Parameters(paramLabel = "NODE", description = "Name of the node, as in the documents.")
        private String node = "";

        @Option(names = "--dir", paramLabel = "DIR", description = "Default: " + DIRECTORY + ".")
        private Path directory = Path.of(DIRECTORY);

        @Option(
                names = "--host",
                paramLabel = "HOST",
                description = "Host name or IP address for the certificate; may be given again.")
        private List<String> hosts = new ArrayList<>();

        @Option(names = "--days", paramLabel = "N", description = "Lifetime. Default: 825.")
        private int days = (int) CertificateAuthority.NODE_LIFETIME.toDays();

        Node(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws PkiException {
            var issued =
                    CertificateAuthority.open(directory, session.console().clock())
                            .issue(node, hosts, Duration.ofDays(days));
            session.print(
                    "issued "
                            + issued.certificate()
                            + ", until "
                            + Words.time(issued.notAfter().toEpochMilli(), session.console().zone())
                            + "\n"
                            + "copy to "
                            + node
                            + ": "
                            + directory.resolve("ca.crt")
                            + " "
                            + directory.resolve("crl.pem")
                            + " "
                            + issued.certificate()
                            + " "
                            + issued.key()
                            + "\n");
            return ExitCode.OK;
        }
    }

    @Command(
            name = "revoke",
            description = "Revoke certificates of a node, and sign the list of the revoked anew.",
            footer = {"", "Examples:", "  hastctl pki revoke hast-b"})
    static final class Revoke implements Callable<Integer> {

        private final Session session;

        @Parameters(paramLabel = "NODE", description = "Name of the node.")
        private String node = "";

        @Option(names = "--dir", paramLabel = "DIR", description = "Default: " + DIRECTORY + ".")
        private Path directory = Path.of(DIRECTORY);

        @Option(
                names = "--serial",
                paramLabel = "HEX",
                description = "Only that one. Default: all of the node.")
        private String serial = "";

        Revoke(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws PkiException {
            var revoked =
                    CertificateAuthority.open(directory, session.console().clock())
                            .revoke(
                                    node,
                                    serial.isEmpty() ? Optional.empty() : Optional.of(serial));
            revoked.forEach(s -> session.print("revoked " + s + " of " + node + "\n"));
            session.print(
                    revoked.isEmpty()
                            ? "every certificate of " + node + " was revoked already\n"
                            : "copy "
                                    + directory.resolve("crl.pem")
                                    + " to every node, and hastctl reload there\n");
            return ExitCode.OK;
        }
    }
}
