package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The traits of an API server that the arbiter rests on are those of the real one, and the model
/// that the other tests use has the same.
final class LeaseModelIT {

    private static final String NAME = "resource-traits";

    @Test
    void modelAnswersAsTheRealServerDoes(@TempDir Path directory) throws Exception {
        final List<String> ofTheModel;
        try (UnreliableApiServer model = new UnreliableApiServer()) {
            ofTheModel = traits(new Session(model.address(), HttpClient.newHttpClient(), ""));
        }
        try (ApiServers servers = new ApiServers(directory)) {
            final var credentials = new LeaseCredentials(servers.settings("hastd"));
            final HttpClient client =
                    HttpClient.newBuilder().sslContext(credentials.context()).build();
            assertThat(traits(new Session(servers.address(), client, "admin")))
                    .isEqualTo(ofTheModel);
        }
        assertThat(ofTheModel)
                .containsExactly(
                        "absent: 404 NotFound",
                        "created: 201",
                        "created again: 409 AlreadyExists",
                        "updated without version: 422 Invalid",
                        "updated with nothing new: 200, version moved: false",
                        "updated: 200, version moved: true",
                        "updated from the old version: 409 Conflict",
                        "updated with another uid: 409 Conflict",
                        "update of the deleted, with its uid: 409 Conflict",
                        "update of the deleted, without its uid: 201");
    }

    /// @param token empty for none
    private record Session(URI address, HttpClient client, String token) {

        JsonNode send(String method, String path, Optional<JsonNode> body)
                throws IOException, InterruptedException {
            final HttpRequest.Builder request =
                    HttpRequest.newBuilder(address.resolve(UnreliableApiServer.PATH + path))
                            .header("Authorization", "Bearer " + token)
                            .method(
                                    method,
                                    body.map(b -> BodyPublishers.ofString(b.toString()))
                                            .orElse(BodyPublishers.noBody()));
            final var response =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            final ObjectNode said = (ObjectNode) LeaseAnswer.JSON.readTree(response.body());
            return said.put("httpStatus", response.statusCode());
        }
    }

    private static List<String> traits(Session session) throws Exception {
        final List<String> traits = new ArrayList<>();
        traits.add("absent: " + said(session.send("GET", "/" + NAME, Optional.empty())));
        final ObjectNode fresh = LeaseObjects.of(Samples.first());
        ((ObjectNode) fresh.get("metadata"))
                .put("name", NAME)
                .put("namespace", UnreliableApiServer.NAMESPACE);
        final ObjectNode first = (ObjectNode) session.send("POST", "", Optional.of(fresh));
        traits.add("created: " + said(first));
        traits.add("created again: " + said(session.send("POST", "", Optional.of(fresh))));
        traits.add("updated without version: " + put(session, without(first, "resourceVersion")));
        final JsonNode same = session.send("PUT", "/" + NAME, Optional.of(bare(first)));
        traits.add("updated with nothing new: " + said(same) + moved(first, same));
        final ObjectNode changed = bare(first);
        ((ObjectNode) changed.at("/metadata/annotations")).put("note", "new");
        final JsonNode second = session.send("PUT", "/" + NAME, Optional.of(changed));
        traits.add("updated: " + said(second) + moved(first, second));
        traits.add("updated from the old version: " + put(session, changed));
        final ObjectNode other = bare(second);
        ((ObjectNode) other.get("metadata")).put("uid", "0b34aa0c-4c4e-4e0c-9e57-0a2b9f1c6d11");
        traits.add("updated with another uid: " + put(session, other));
        delete(session);
        traits.add("update of the deleted, with its uid: " + put(session, bare(second)));
        traits.add(
                "update of the deleted, without its uid: " + put(session, without(second, "uid")));
        return traits;
    }

    private static void delete(Session session) throws Exception {
        session.send("DELETE", "/" + NAME, Optional.empty());
    }

    private static String put(Session session, JsonNode object) throws Exception {
        return said(session.send("PUT", "/" + NAME, Optional.of(object)));
    }

    private static String moved(JsonNode before, JsonNode after) {
        return ", version moved: "
                + !before.at("/metadata/resourceVersion")
                        .equals(after.at("/metadata/resourceVersion"));
    }

    private static ObjectNode bare(JsonNode object) {
        final ObjectNode bare = object.deepCopy();
        bare.remove("httpStatus");
        return bare;
    }

    private static ObjectNode without(JsonNode object, String field) {
        final ObjectNode less = bare(object);
        ((ObjectNode) less.get("metadata")).remove(field);
        return less;
    }

    private static String said(JsonNode answer) {
        final String reason = answer.path("reason").asText();
        return answer.get("httpStatus").asText() + (reason.isEmpty() ? "" : " " + reason);
    }
}
