package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/// Of blocks on the wire.
public enum Compression {
    @JsonProperty("none")
    NONE,
    /// Blocks of zeroes are not sent.
    @JsonProperty("hole")
    HOLE,
    @JsonProperty("lz4")
    LZ4,
    @JsonProperty("zstd")
    ZSTD
}
