/// What is counted and timed, and the text in which Prometheus asks for it.
///
/// Histograms that make no garbage, the catalogue of metrics, and the writer of the exposition
/// format. Depends on nothing; what is counted lies with those who count.
@NullMarked
package dev.hast.daemon.metrics;

import org.jspecify.annotations.NullMarked;
