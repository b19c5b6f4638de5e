/// A real Kubernetes API server for integration tests: nothing else of a cluster runs.
///
/// May use the JDK only, so that every module can use it in its tests.
@NullMarked
package dev.hast.e2e.kubernetes;

import org.jspecify.annotations.NullMarked;
