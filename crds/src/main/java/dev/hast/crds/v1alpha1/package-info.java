/// The custom resources `HastResource`, `VirtualIP` and `HastPool` of `hast.dev/v1alpha1`, as Java
/// types. The definitions that a cluster loads (`crds/*.yaml`) are made of them, with defaults,
/// limits and rules; the same fields in the daemon's own documents are in
/// `docs/reference/documents.md`.
///
/// May use the model of the Kubernetes API, and nothing of ours.
@NullMarked
package dev.hast.crds.v1alpha1;

import org.jspecify.annotations.NullMarked;
