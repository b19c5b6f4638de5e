package dev.hast.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class HeapAimTest {

    private static final long MEBIBYTE = 1 << 20;

    @Test
    void growsWithTheResourcesUpToTheHeapsLimit() {
        assertThat(HeapAim.bytes(0, 256 * MEBIBYTE)).isEqualTo(60 * MEBIBYTE);
        assertThat(HeapAim.bytes(10, 256 * MEBIBYTE)).isEqualTo(100 * MEBIBYTE);
        assertThat(HeapAim.bytes(100, 256 * MEBIBYTE)).isEqualTo(256 * MEBIBYTE);
        assertThat(HeapAim.bytes(10, 64 * MEBIBYTE)).isEqualTo(64 * MEBIBYTE);
    }
}
