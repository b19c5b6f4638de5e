package dev.hast.daemon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Version 1 of the wire, byte by byte: a daemon of tomorrow must understand what this one sends. A
/// change of these files is a new version of the protocol.
///
/// `-Dhast.golden.write=DIRECTORY` writes them.
final class GoldenFramesTest {

    @TestFactory
    Stream<DynamicTest> everyFrameIsSentAsItsFileSays() {
        return Samples.golden().entrySet().stream()
                .map(sample ->
                        DynamicTest.dynamicTest(
                                sample.getKey(),
                                () -> {
                                    final LoopedLink looped = LoopedLink.open();
                                    sample.getValue().accept(looped.link);
                                    final byte[] sent = looped.sent();
                                    write(sample.getKey(), sent);
                                    assertThat(lines(sent)).isEqualTo(golden(sample.getKey()));
                                }));
    }

    @TestFactory
    Stream<DynamicTest> everyFileIsUnderstood() {
        return Samples.golden().keySet().stream()
                .map(name ->
                        DynamicTest.dynamicTest(
                                name,
                                () -> {
                                    final LoopedLink looped =
                                            name.equals("link")
                                                    ? LoopedLink.unnamed()
                                                    : LoopedLink.open();
                                    looped.receive(bytes(name), 7);
                                    assertThat(looped.thrown).isEmpty();
                                    assertThat(looped.refusal).as(looped.cause).isNull();
                                    understood(name, looped);
                                    assertThat(looped.end()).isZero();
                                }));
    }

    private static void understood(String name, LoopedLink looped) {
        switch (name) {
            case "link" ->
                    assertThat(looped.greeting)
                            .isEqualTo(
                                    new LinkGreeting(
                                            Frames.VERSION, Frames.FEATURES, "demo", "b", "a"));
            case "refused" ->
                    assertThat(looped.cause)
                            .isEqualTo("refused by the peer: node b has no resource demo");
            default -> {
                // What was understood, said again, is what was sent.
                final LoopedLink sender = LoopedLink.open();
                final LoopedLink direct = LoopedLink.open();
                Samples.golden().get(name).accept(sender.link);
                direct.receive(sender.sent());
                assertThat(looped.delivered)
                        .hasSize(name.equals("keepalive") ? 0 : 1)
                        .usingRecursiveComparison()
                        .isEqualTo(direct.delivered);
            }
        }
    }

    @Test
    void everyTypeOfFrameHasAFile() {
        final Set<String> names = Samples.golden().keySet();
        for (FrameType type : FrameType.values()) {
            assertThat(names).contains(type.name().toLowerCase(java.util.Locale.ROOT));
        }
    }

    private static void write(String name, byte[] bytes) throws IOException {
        final String directory = System.getProperty("hast.golden.write");
        if (directory != null) {
            Files.writeString(Path.of(directory, name + ".hex"), lines(bytes));
        }
    }

    private static byte[] bytes(String name) throws IOException {
        return HexFormat.of().parseHex(golden(name).replace("\n", ""));
    }

    private static String golden(String name) throws IOException {
        try (InputStream in =
                GoldenFramesTest.class.getResourceAsStream(
                        "/dev/hast/daemon/replication/v1/" + name + ".hex")) {
            assertThat(in).as("golden file of %s", name).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    /// 16 bytes a line, so that a difference can be read.
    private static String lines(byte[] bytes) {
        final StringBuilder text = new StringBuilder();
        for (int at = 0; at < bytes.length; at += 16) {
            text.append(HexFormat.of().formatHex(bytes, at, Math.min(bytes.length, at + 16)))
                    .append('\n');
        }
        return text.toString();
    }
}
