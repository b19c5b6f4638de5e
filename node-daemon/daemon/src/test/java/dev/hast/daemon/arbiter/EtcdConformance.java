package dev.hast.daemon.arbiter;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// The conformance of the etcd arbiter to its port, on real servers that a subclass starts.
abstract class EtcdConformance extends ArbiterConformance {

    /// What is tested here is not that etcd is quick on a busy machine.
    static final Duration PATIENT_ATTEMPT = Duration.ofSeconds(10);

    static final Duration PATIENT_CALL = Duration.ofSeconds(30);

    EtcdServers servers;

    abstract EtcdServers servers(Path directory) throws IOException;

    abstract EtcdSettings settings();

    @BeforeAll
    final void startServers(@TempDir Path directory) throws IOException {
        EtcdServers.assumeInstalled();
        servers = servers(directory);
    }

    @AfterAll
    final void endServers() {
        if (servers != null) {
            servers.close();
        }
    }

    @Override
    Calls open() {
        return new Calls(new EtcdArbiter(settings().withTimeouts(PATIENT_ATTEMPT, PATIENT_CALL)));
    }

    @Override
    void putRaw(String name, byte[] record) throws IOException {
        servers.put(settings().key(name), record);
    }

    @Override
    void delete(String name) throws IOException {
        servers.delete(settings().key(name));
    }
}
