package dev.hast.daemon.arbiter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.opentest4j.AssertionFailedError;

/// A real kube-apiserver on a real etcd, on loopback ports of this machine. They end with [#close],
/// or with the JVM.
///
/// Who may do what: the token `admin` everything; `hastd`, and the client certificate of
/// [#certificates], what docs/reference/arbiters.md says that hastd needs; `reader` may only look;
/// `stranger` nothing.
final class ApiServers implements AutoCloseable {

    static final String NAMESPACE = "hast-system";

    private static final Path SCRIPT = Path.of("../../e2e/kubernetes/binaries");
    private static final List<String> PROGRAMS = List.of("kube-apiserver", "etcd", "kubectl");
    private static final String SKIP = "hast.kubernetes";
    private static final Duration PATIENCE = Duration.ofSeconds(180);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Path directory;
    private final Path programs;
    private final TestCertificates certificates;
    private final int[] ports = freePorts();
    private Optional<Process> etcd = Optional.empty();
    private Optional<Process> apiServer = Optional.empty();

    ApiServers(Path directory) throws IOException {
        this.directory = directory;
        this.programs = programs();
        this.certificates = TestCertificates.in(directory.resolve("pki"));
        Files.writeString(
                directory.resolve("tokens.csv"),
                """
                admin,admin,1,system:masters
                hastd,hastd,2
                reader,reader,3
                stranger,stranger,4
                """);
        for (String token : List.of("admin", "hastd", "reader", "stranger")) {
            Files.writeString(token(token), token + "\n");
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
        start();
        kubectl("create", "namespace", NAMESPACE);
        allow("hastd", "hastd", "get,list,watch,create,update");
        allow("client", "client", "get,list,watch,create,update");
        allow("reader", "reader", "get,list,watch");
    }

    /// Where the programs are. Fails where they are missing, unless told to skip the calling test.
    private static Path programs() throws IOException {
        Assumptions.assumeFalse(
                "skip".equals(System.getProperty(SKIP)), "-D" + SKIP + "=skip was given");
        final String built = run(List.of(SCRIPT.toString(), "--list"), Path.of("."), "");
        for (String program : PROGRAMS) {
            if (built.lines().noneMatch(line -> line.matches(program + " .* yes"))) {
                throw new AssertionFailedError(
                        "there is no "
                                + program
                                + " to test with: run e2e/kubernetes/binaries "
                                + String.join(" ", PROGRAMS)
                                + " first, as ./check does (7 minutes, once), or give -D"
                                + SKIP
                                + "=skip");
            }
        }
        final List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
        command.addAll(PROGRAMS);
        return Path.of(run(command, Path.of("."), "").strip());
    }

    private void allow(String name, String user, String verbs) throws IOException {
        kubectl(
                "-n",
                NAMESPACE,
                "create",
                "role",
                name,
                "--verb=" + verbs,
                "--resource=leases.coordination.k8s.io");
        kubectl("-n", NAMESPACE, "create", "rolebinding", name, "--role=" + name, "--user=" + user);
    }

    URI address() {
        return URI.create("https://127.0.0.1:" + ports[0]);
    }

    TestCertificates certificates() {
        return certificates;
    }

    /// The file that holds a token.
    Path token(String who) {
        return directory.resolve(who + ".token");
    }

    LeaseSettings settings(String who) {
        return LeaseSettings.of(
                address(),
                NAMESPACE,
                Optional.of(token(who)),
                Optional.of(new LeaseSettings.Tls(certificates.authority(), Optional.empty())));
    }

    // --- life and death ---

    void start() throws IOException {
        startEtcd();
        startApiServer();
    }

    void startEtcd() throws IOException {
        final String client = "http://127.0.0.1:" + ports[1];
        final String peer = "http://127.0.0.1:" + ports[2];
        etcd =
                Optional.of(
                        launch(
                                "etcd",
                                List.of(
                                        "--name=e0",
                                        "--data-dir=" + directory.resolve("etcd-data"),
                                        "--unsafe-no-fsync",
                                        "--listen-client-urls=" + client,
                                        "--advertise-client-urls=" + client,
                                        "--listen-peer-urls=" + peer,
                                        "--initial-advertise-peer-urls=" + peer,
                                        "--initial-cluster=e0=" + peer)));
    }

    void startApiServer() throws IOException {
        final var own = certificates.server();
        apiServer =
                Optional.of(
                        launch(
                                "kube-apiserver",
                                List.of(
                                        "--bind-address=127.0.0.1",
                                        "--secure-port=" + ports[0],
                                        "--etcd-servers=http://127.0.0.1:" + ports[1],
                                        "--cert-dir=" + directory.resolve("apiserver"),
                                        "--tls-cert-file=" + own.certificate(),
                                        "--tls-private-key-file=" + own.key(),
                                        "--client-ca-file=" + certificates.authority(),
                                        "--token-auth-file=" + directory.resolve("tokens.csv"),
                                        "--authorization-mode=RBAC",
                                        "--disable-admission-plugins=ServiceAccount",
                                        "--service-cluster-ip-range=10.0.0.0/24",
                                        "--service-account-issuer=https://kubernetes.default.svc",
                                        "--service-account-key-file=" + own.certificate(),
                                        "--service-account-signing-key-file=" + own.key())));
        awaitReady();
    }

    private void awaitReady() throws IOException {
        final long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                kubectl("get", "--raw=/readyz", "--request-timeout=5s");
                return;
            } catch (IOException e) {
                if (System.nanoTime() - deadline > 0 || !apiServer.orElseThrow().isAlive()) {
                    throw new IOException(
                            "kube-apiserver did not come up, see "
                                    + directory.resolve("kube-apiserver.log")
                                    + ": "
                                    + tail(directory.resolve("kube-apiserver.log")),
                            e);
                }
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
    }

    /// Kills as a power cut would, and waits for the end.
    void killApiServer() {
        end(apiServer);
    }

    void killEtcd() {
        end(etcd);
    }

    void freezeApiServer(boolean frozen) throws IOException {
        freeze(apiServer, frozen);
    }

    void freezeEtcd(boolean frozen) throws IOException {
        freeze(etcd, frozen);
    }

    /// Copies the store, which must be dead, from one name below the directory to another.
    void copyStore(String from, String to) throws IOException {
        final Path source = directory.resolve(from);
        final Path target = directory.resolve(to);
        delete(target);
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                final Path copy = target.resolve(source.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    String kubectl(String... arguments) throws IOException {
        return kubectlWith("", arguments);
    }

    /// @param input on its standard input
    String kubectlWith(String input, String... arguments) throws IOException {
        final List<String> command =
                new ArrayList<>(
                        List.of(
                                programs.resolve("kubectl").toString(),
                                "--server=" + address(),
                                "--certificate-authority=" + certificates.authority(),
                                "--token=admin",
                                "--cache-dir=" + directory.resolve("kubectl-cache")));
        command.addAll(Arrays.asList(arguments));
        return run(command, directory, input);
    }

    @Override
    public void close() {
        end(apiServer);
        end(etcd);
    }

    private static void end(Optional<Process> process) {
        process.ifPresent(p -> {
            p.destroyForcibly();
            p.onExit().join();
        });
    }

    private static void freeze(Optional<Process> process, boolean frozen) throws IOException {
        final String pid = Long.toString(process.orElseThrow().pid());
        run(List.of("kill", frozen ? "-STOP" : "-CONT", pid), Path.of("."), "");
        // The signal is only on its way then: a thread on another core may yet answer.
        while (frozen && !stopped(pid)) {
            Thread.onSpinWait();
        }
    }

    private static boolean stopped(String pid) throws IOException {
        boolean stopped = true;
        try (Stream<Path> threads = Files.list(Path.of("/proc", pid, "task"))) {
            for (Path thread : threads.toList()) {
                final String stat = Files.readString(thread.resolve("stat"));
                stopped &= stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
            }
        }
        return stopped;
    }

    private Process launch(String program, List<String> arguments) throws IOException {
        final List<String> command = new ArrayList<>(List.of(programs.resolve(program).toString()));
        command.addAll(arguments);
        final ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(
                                        directory.resolve(program + ".log").toFile()));
        // etcd takes its settings from variables, too: none of this machine's may reach it.
        builder.environment().keySet().removeIf(name -> name.startsWith("ETCD_"));
        return builder.start();
    }

    private static String run(List<String> command, Path home, String input) throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectErrorStream(true);
        if (command.getFirst().endsWith("kubectl")) {
            builder.environment().put("KUBECONFIG", "/dev/null");
            builder.environment().put("HOME", home.toString());
        }
        final Process process = builder.start();
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        final String output =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }

    private static String tail(Path log) {
        try {
            final List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        Files.walkFileTree(
                tree,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path gone, IOException failure)
                            throws IOException {
                        Files.delete(gone);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    private static int[] freePorts() {
        final List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            final int[] free = held.stream().mapToInt(ServerSocket::getLocalPort).toArray();
            for (ServerSocket socket : held) {
                socket.close();
            }
            return free;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
