package dev.hast.daemon.arbiter;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/// On the model of an API server; [LeaseApiServerIT] is the same on a real one.
final class LeaseConformanceTest extends LeaseConformance {

    private UnreliableApiServer server;

    @BeforeAll
    void start() throws IOException {
        server = new UnreliableApiServer();
    }

    @AfterAll
    void end() {
        server.close();
    }

    @Override
    Calls open() {
        return new Calls(new LeaseArbiter(server.settings()));
    }

    @Override
    void putRaw(String name, byte[] record) {
        server.store.put(Lease.nameOf(name), LeaseObjects.around(record));
    }

    @Override
    void delete(String name) {
        server.store.delete(Lease.nameOf(name));
    }
}
