package dev.hast.daemon.arbiter;

import java.util.Locale;
import org.junit.jupiter.api.TestInfo;

/// The conformance of the Lease arbiter to its port, on a store that a subclass brings.
abstract class LeaseConformance extends ArbiterConformance {

    /// Names in Kubernetes have no capitals.
    @Override
    final String name(TestInfo test) {
        return super.name(test).toLowerCase(Locale.ROOT);
    }
}
