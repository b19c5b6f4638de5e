package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/// Of blocks, from end to end.
public enum Checksum {
    @JsonProperty("crc32c")
    CRC32C,
    @JsonProperty("sha256")
    SHA256,
    @JsonProperty("none")
    NONE
}
