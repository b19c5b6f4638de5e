package dev.hast.crds.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hast.crds.v1alpha1.Cases.Case;
import dev.hast.e2e.kubernetes.KubernetesApi;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What a real API server makes of the definitions: whom it refuses and with which words, what it
/// fills in, and what kubectl prints.
final class CustomResourcesIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    @TempDir static Path directory;

    private static KubernetesApi api;
    private static HttpClient client;

    @BeforeAll
    static void start() throws IOException, InterruptedException, GeneralSecurityException {
        api = KubernetesApi.start(directory);
        client = HttpClient.newBuilder().sslContext(api.trust()).build();
        for (var file : Definitions.made().keySet()) {
            api.kubectl(
                    "apply", "--server-side", "-f", Definitions.DIRECTORY.resolve(file).toString());
        }
        api.kubectl(
                "wait",
                "--for=condition=Established",
                "--timeout=60s",
                "crd/hastresources.hast.dev",
                "crd/virtualips.hast.dev",
                "crd/hastpools.hast.dev");
        // What a definition says is served some moments after it is established.
        api.kubectl("wait", "--for=create", "--timeout=60s", "namespace/default");
    }

    @AfterAll
    static void stop() {
        client.close();
        api.close();
    }

    @ParameterizedTest
    @MethodSource
    void whatIsWrongIsRefusedWithWordsThatHelp(Case wrong)
            throws IOException, InterruptedException {
        final var answer = send("POST", "?dryRun=All&", wrong.object());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(400, 499);
        assertThat(JSON.readTree(answer.body()).path("message").asText()).contains(wrong.message());
    }

    static List<Case> whatIsWrongIsRefusedWithWordsThatHelp() {
        return Cases.wrong();
    }

    @ParameterizedTest
    @MethodSource
    void whatIsAtTheEdgeIsTaken(Case right) throws IOException, InterruptedException {
        final var answer = send("POST", "?dryRun=All&", right.object());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }

    static List<Case> whatIsAtTheEdgeIsTaken() {
        return Cases.right();
    }

    @Test
    void whatIsLeftOutIsFilledIn() throws IOException, InterruptedException {
        assertThat(filled("HastResource"))
                .isEqualTo(
                        Cases.tree(
                                """
                                size: 10Gi
                                replicas:
                                  - {node: node-1, provider: /dev/vg0/a, address: 192.0.2.1}
                                  - {node: node-2, provider: /dev/vg0/a, address: "192.0.2.2:9000"}
                                primary: auto
                                replication: {mode: fullsync, grantDuration: 3s, checksum: crc32c, compression: hole}
                                extentSize: 2Mi
                                activityLogExtents: 256
                                onArbiterLost: suspend
                                reclaimPolicy: Retain
                                """));
        assertThat(filled("VirtualIP"))
                .isEqualTo(
                        Cases.tree(
                                """
                                addresses: [192.0.2.10]
                                interface: auto
                                vhid: 1
                                nodes:
                                  - {node: node-1, advskew: 0}
                                  - {node: node-2, advskew: 100}
                                advbase: 1
                                preempt: false
                                multicast: true
                                virtualMac: false
                                authentication: carp
                                passwordSecretRef: {namespace: hast-system, name: password, key: password}
                                onDuplicate: defend
                                """));
    }

    private static JsonNode filled(String kind) throws IOException, InterruptedException {
        final Case plain =
                Cases.right().stream()
                        .filter(c -> c.kind().equals(kind) && c.name().equals("plain"))
                        .findFirst()
                        .orElseThrow();
        return JSON.readTree(send("POST", "?dryRun=All&", plain.object()).body()).get("spec");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    size: 5Gi                     | a volume can't shrink: its end may hold data
                    size:                         | size can't be taken back once it is given
                    extentSize: 4Mi               | extentSize is fixed when the volume is made
                    activityLogExtents: 128       | activityLogExtents is fixed when the volume is made
                    {replicas: , replicaCount: 2, pool: disks} | who places the replicas can't change
                    """)
    void whatIsFixedCannotBeChanged(String change, String message)
            throws IOException, InterruptedException {
        final var answer = changed("fixed", change);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        assertThat(answer.body()).contains(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    size: 20Gi
                    size: 10240Mi
                    extentSize: 2048Ki
                    primary: node-2
                    onArbiterLost: fail
                    replicas: [{node: node-3, provider: /a}]
                    """)
    void whatMayChangeCanBeChanged(String change) throws IOException, InterruptedException {
        final var answer = changed("free", change);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    /// Makes an object, and asks for a change of it that is not carried out.
    private static HttpResponse<String> changed(String name, String change)
            throws IOException, InterruptedException {
        final Case plain = Cases.right().getFirst();
        final ObjectNode object = plain.object();
        ((ObjectNode) object.get("metadata")).put("name", name);
        send("POST", "?", object);
        final var changed =
                new Case(plain.kind(), name, (ObjectNode) Cases.tree(change), "", "").object();
        final JsonNode before =
                JSON.readTree(send("GET", "/" + name + "?", null, "HastResource").body());
        ((ObjectNode) changed.get("metadata"))
                .set("resourceVersion", before.at("/metadata/resourceVersion"));
        final ObjectNode spec = (ObjectNode) before.get("spec").deepCopy();
        Cases.tree(change)
                .properties()
                .forEach(field -> {
                    if (field.getValue().isNull()) {
                        spec.remove(field.getKey());
                    } else {
                        spec.set(field.getKey(), field.getValue());
                    }
                });
        changed.set("spec", spec);
        return send("PUT", "/" + name + "?dryRun=All&", changed);
    }

    @Test
    void theExamplesAreTaken() throws IOException, InterruptedException {
        api.kubectl("create", "namespace", "hast-system");
        try (var files = Files.list(ROOT.resolve("docs/examples"))) {
            for (var file : files.sorted().toList()) {
                api.kubectl("apply", "--server-side", "--dry-run=server", "-f", file.toString());
            }
        }
    }

    @Test
    void kubectlShowsWhatAPersonLooksFor() throws IOException, InterruptedException {
        final var made =
                api.kubectlAs(
                        KubernetesApi.ADMIN,
                        """
                        apiVersion: hast.dev/v1alpha1
                        kind: HastResource
                        metadata: {name: shown}
                        spec:
                          replicas: [{node: node-1, provider: /a}, {node: node-2, provider: /a}]
                        """,
                        "apply",
                        "-f",
                        "-");
        assertThat(made.status()).as(made.output()).isZero();
        final var told =
                api.kubectlAs(
                        KubernetesApi.ADMIN,
                        """
                        apiVersion: hast.dev/v1alpha1
                        kind: HastResource
                        metadata: {name: shown}
                        status:
                          {size: 10Gi, primary: node-1, inSyncOf: 1/2, state: Degraded, resync: 43%, epoch: 7}
                        """,
                        "apply",
                        "--server-side",
                        "--subresource=status",
                        "-f",
                        "-");
        assertThat(told.status()).as(told.output()).isZero();
        final List<String> lines = api.kubectl("get", "hr", "shown").lines().toList();
        assertThat(lines.get(0).split("\\s+"))
                .containsExactly("NAME", "SIZE", "PRIMARY", "IN-SYNC", "STATE", "RESYNC", "AGE");
        assertThat(lines.get(1)).matches("shown +10Gi +node-1 +1/2 +Degraded +43% +\\d+s");
        assertThat(api.kubectl("get", "vip,hp")).contains("No resources found");
        assertThat(api.kubectl("explain", "hr.spec.replication.timeout"))
                .contains("How long a replica may owe a confirmation");
    }

    private static HttpResponse<String> send(String method, String query, ObjectNode object)
            throws IOException, InterruptedException {
        return send(method, query, object, object.path("kind").asText());
    }

    private static HttpResponse<String> send(
            String method, String query, JsonNode object, String kind)
            throws IOException, InterruptedException {
        final URI at =
                URI.create(
                        api.url()
                                + "/apis/hast.dev/v1alpha1/"
                                + kind.toLowerCase(Locale.ROOT)
                                + "s"
                                + query
                                + "fieldValidation=Strict");
        final var body =
                object == null
                        ? BodyPublishers.noBody()
                        : BodyPublishers.ofString(object.toString());
        final HttpRequest request =
                HttpRequest.newBuilder(at)
                        .method(method, body)
                        .header("Authorization", "Bearer " + api.token(KubernetesApi.ADMIN))
                        .header("Content-Type", "application/json")
                        .build();
        return client.send(request, BodyHandlers.ofString());
    }
}
