package dev.hast.e2e.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// etcd and kube-apiserver on free ports of the loopback interface, with everything that they write
/// in one directory. There are no controllers, scheduler or kubelets: what is written stays as it
/// is.
///
/// Authorisation is RBAC. Users have tokens: [#ADMIN] may do everything; any other name that is
/// asked for in [#start] may do what roles give it. For one thread.
public final class KubernetesApi implements AutoCloseable {

    public static final String ADMIN = "admin";

    private static final Duration START_MAX = Duration.ofMinutes(3);
    private static final Duration BUILD_MAX = Duration.ofMinutes(40);
    private static final Duration COMMAND_MAX = Duration.ofMinutes(1);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private final Path directory;
    private final Path programs;
    private final int etcdPort = freePort();
    private final int port = freePort();
    private final List<String> users = new ArrayList<>();
    private final List<String> tokens = new ArrayList<>();
    private final Thread hook = new Thread(this::killAll, "kubernetes-api-kill");
    private Optional<Process> etcd = Optional.empty();
    private Optional<Process> server = Optional.empty();

    private KubernetesApi(Path directory, Path programs, List<String> users) throws IOException {
        this.directory = directory;
        this.programs = programs;
        this.users.add(ADMIN);
        this.users.addAll(users);
        this.users.forEach(user -> tokens.add(UUID.randomUUID().toString()));
    }

    /// Starts both and returns when the server is ready. Builds them first if they are not in the
    /// cache, which takes some minutes.
    ///
    /// @param directory for data, keys and logs; has to exist
    /// @param users beside [#ADMIN]
    public static KubernetesApi start(Path directory, String... users)
            throws IOException, InterruptedException {
        final Path programs = programs();
        final KubernetesApi api = new KubernetesApi(directory, programs, List.of(users));
        Runtime.getRuntime().addShutdownHook(api.hook);
        try {
            api.prepare();
            api.startEtcd();
            api.startServer();
        } catch (IOException | InterruptedException | RuntimeException e) {
            api.close();
            throw e;
        }
        return api;
    }

    /// Where clients connect.
    public URI url() {
        return URI.create("https://127.0.0.1:" + port);
    }

    /// Certificates that the server's is signed by, PEM.
    public Path authorities() {
        return directory.resolve("pki/apiserver.crt");
    }

    /// The token of a user.
    public String token(String user) {
        return tokens.get(users.indexOf(user));
    }

    /// A configuration for kubectl and client libraries.
    public Path kubeconfig(String user) throws IOException {
        final Path file = directory.resolve(user + ".kubeconfig");
        Files.writeString(
                file,
                """
                apiVersion: v1
                kind: Config
                clusters:
                  - {name: test, cluster: {server: "%s", certificate-authority: "%s"}}
                users:
                  - {name: "%s", user: {token: "%s"}}
                contexts:
                  - {name: test, context: {cluster: test, user: "%s"}}
                current-context: test
                """
                        .formatted(url(), authorities(), user, token(user), user));
        return file;
    }

    /// What a command said, and how it ended.
    public record Said(int status, String output) {}

    /// Runs kubectl as a user; what it prints on both streams, in one text.
    ///
    /// @param input of the command; empty: none
    public Said kubectlAs(String user, String input, String... arguments)
            throws IOException, InterruptedException {
        final List<String> command =
                new ArrayList<>(
                        List.of(
                                programs.resolve("kubectl").toString(),
                                "--kubeconfig",
                                kubeconfig(user).toString()));
        command.addAll(List.of(arguments));
        return run(command, input, COMMAND_MAX);
    }

    /// The same as [#ADMIN]; throws when it fails.
    public String kubectl(String... arguments) throws IOException, InterruptedException {
        final Said said = kubectlAs(ADMIN, "", arguments);
        if (said.status() != 0) {
            throw new IOException("kubectl " + List.of(arguments) + ": " + said.output());
        }
        return said.output();
    }

    /// Kills the API server; what it has stored stays.
    public void stopServer() throws InterruptedException {
        if (server.isPresent()) {
            server.get().destroyForcibly().waitFor();
        }
        server = Optional.empty();
    }

    /// Stops the API server in the middle of whatever it does, until it is thawed.
    public void freezeServer() throws IOException, InterruptedException {
        signal("STOP");
    }

    public void thawServer() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        run(
                List.of("kill", "-" + signal, Long.toString(server.orElseThrow().pid())),
                "",
                COMMAND_MAX);
    }

    /// Starts the API server, and returns when it is ready.
    public void startServer() throws IOException, InterruptedException {
        final Process started =
                launch(
                        "kube-apiserver",
                        "--etcd-servers=http://127.0.0.1:" + etcdPort,
                        "--bind-address=127.0.0.1",
                        "--advertise-address=127.0.0.1",
                        "--secure-port=" + port,
                        "--cert-dir=" + directory.resolve("pki"),
                        "--token-auth-file=" + directory.resolve("tokens.csv"),
                        "--service-account-issuer=https://kubernetes.default.svc",
                        "--service-account-key-file=" + directory.resolve("account.pub"),
                        "--service-account-signing-key-file=" + directory.resolve("account.key"),
                        "--service-cluster-ip-range=10.96.0.0/16",
                        "--authorization-mode=RBAC",
                        "--disable-admission-plugins=ServiceAccount",
                        "--allow-privileged=true",
                        "--watch-cache=true");
        server = Optional.of(started);
        await(started, "kube-apiserver", () -> ready(url().resolve("/readyz")));
    }

    private void startEtcd() throws IOException, InterruptedException {
        final String clients = "http://127.0.0.1:" + etcdPort;
        final String peers = "http://127.0.0.1:" + freePort();
        final Process started =
                launch(
                        "etcd",
                        "--data-dir=" + directory.resolve("etcd"),
                        "--listen-client-urls=" + clients,
                        "--advertise-client-urls=" + clients,
                        "--listen-peer-urls=" + peers,
                        "--initial-advertise-peer-urls=" + peers,
                        "--initial-cluster=default=" + peers,
                        "--unsafe-no-fsync");
        etcd = Optional.of(started);
        await(started, "etcd", () -> ready(URI.create(clients + "/health")));
    }

    private void prepare() throws IOException {
        Files.createDirectories(directory.resolve("pki"));
        final StringBuilder known = new StringBuilder();
        for (int i = 0; i < users.size(); i++) {
            final String groups = users.get(i).equals(ADMIN) ? "\"system:masters\"" : "";
            known.append("%s,%s,%s,%s%n".formatted(tokens.get(i), users.get(i), i, groups));
        }
        Files.writeString(directory.resolve("tokens.csv"), known);
        try {
            final KeyPairGenerator maker = KeyPairGenerator.getInstance("RSA");
            maker.initialize(2048);
            final var pair = maker.generateKeyPair();
            pem("account.key", "PRIVATE KEY", pair.getPrivate().getEncoded());
            pem("account.pub", "PUBLIC KEY", pair.getPublic().getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IOException("no key for service accounts", e);
        }
    }

    private void pem(String file, String label, byte[] content) throws IOException {
        final String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        Files.writeString(
                directory.resolve(file),
                "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(label, text, label));
    }

    private Process launch(String program, String... arguments) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(programs.resolve(program).toString());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(
                                directory.resolve(program + ".log").toFile()))
                .start();
    }

    private interface Look {
        boolean now() throws IOException, InterruptedException;
    }

    private void await(Process process, String program, Look ready)
            throws IOException, InterruptedException {
        final long end = System.nanoTime() + START_MAX.toNanos();
        while (!ready.now()) {
            // Waiting for its end is the pause between two looks.
            if (process.waitFor(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)
                    || System.nanoTime() > end) {
                final List<String> log = Files.readAllLines(directory.resolve(program + ".log"));
                throw new IOException(
                        program
                                + (process.isAlive() ? " is not ready in time: " : " has ended: ")
                                + String.join(
                                        "\n",
                                        log.subList(Math.max(0, log.size() - 20), log.size())));
            }
        }
    }

    private boolean ready(URI at) throws InterruptedException {
        try (HttpClient client = client()) {
            final HttpRequest request =
                    HttpRequest.newBuilder(at)
                            .timeout(Duration.ofSeconds(5))
                            .header("Authorization", "Bearer " + token(ADMIN))
                            .build();
            return client.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException | GeneralSecurityException e) {
            return false; // not listening yet, or its certificate is not written yet
        }
    }

    private HttpClient client() throws IOException, GeneralSecurityException {
        final HttpClient.Builder client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5));
        return Files.exists(authorities()) ? client.sslContext(trust()).build() : client.build();
    }

    /// Trusts this server and nobody else.
    public SSLContext trust() throws IOException, GeneralSecurityException {
        final KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(authorities())) {
            int n = 0;
            for (var certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("authority-" + n++, certificate);
            }
        }
        final TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        final SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static Path programs() throws IOException, InterruptedException {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.isExecutable(at.resolve("e2e/kubernetes/binaries"))) {
            at =
                    Optional.ofNullable(at.getParent())
                            .orElseThrow(
                                    () -> new IOException("not in a checkout: no e2e/kubernetes"));
        }
        final Process build =
                new ProcessBuilder(
                                at.resolve("e2e/kubernetes/binaries").toString(),
                                "kube-apiserver",
                                "etcd",
                                "kubectl")
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        final String said = new String(build.getInputStream().readAllBytes(), UTF_8).strip();
        if (!build.waitFor(BUILD_MAX.toSeconds(), TimeUnit.SECONDS) || build.exitValue() != 0) {
            throw new IOException("e2e/kubernetes/binaries could not make the programs");
        }
        return Path.of(said);
    }

    private static Said run(List<String> command, String input, Duration limit)
            throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var out = process.outputWriter()) {
            out.write(input);
        }
        final String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("did not end in time: " + command);
        }
        return new Said(process.exitValue(), said);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void killAll() {
        server.ifPresent(Process::destroyForcibly);
        etcd.ifPresent(Process::destroyForcibly);
    }

    @Override
    public void close() {
        killAll();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // The machine that runs us is going down: the hook has done it.
        }
    }
}
