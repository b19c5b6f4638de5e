package dev.hast.daemon.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The clients that people use, as they are, against an export.
final class NbdClientsIT {
    private static final int SIZE = 64 << 20;

    @TempDir private Path directory;
    private Path image;
    private byte[] content;

    @BeforeEach
    void makeSparseImage() throws IOException {
        content = new byte[SIZE];
        Random random = new Random(42);
        for (int at = 0; at < SIZE; at += 8 << 20) {
            byte[] part = new byte[(3 << 20) + 4096];
            random.nextBytes(part);
            System.arraycopy(part, 0, content, at, part.length);
        }
        image = Files.write(directory.resolve("image"), content);
    }

    private static String uri(LiveExport export) {
        return "nbd+unix:///demo?socket=" + export.socket;
    }

    private static LiveExport export(boolean ioUring) throws IOException {
        return new LiveExport(ioUring, new MemoryVolume(SIZE, 512), ExportLimits.DEFAULT);
    }

    private static byte[] contentOf(LiveExport export) {
        return export.onLoop(() -> export.volume.bytes(0, SIZE));
    }

    @Test
    void nbdinfoSeesWhatIsOffered() throws IOException {
        Tool.assumeInstalled("nbdinfo", "libnbd-bin");
        try (var export = export(false)) {
            assertThat(Tool.succeed(directory, "nbdinfo", uri(export)))
                    .contains("protocol: newstyle-fixed without TLS, using structured packets")
                    .contains("export-size: 67108864")
                    .contains("base:allocation")
                    .contains("hast:dirty")
                    .contains("is_read_only: false")
                    .contains("can_cache: true")
                    .contains("can_df: true")
                    .contains("can_fast_zero: true")
                    .contains("can_flush: true")
                    .contains("can_fua: true")
                    .contains("can_multi_conn: true")
                    .contains("can_trim: true")
                    .contains("can_zero: true")
                    .contains("block_size_minimum: 512")
                    .contains("block_size_preferred: 4096")
                    .contains("block_size_maximum: 33554432");
            String list = "nbd+unix:///?socket=" + export.socket;
            assertThat(Tool.succeed(directory, "nbdinfo", "--list", list))
                    .contains("export=\"demo\"")
                    .contains("description: a demo");
            assertThat(Tool.succeed(directory, "nbdinfo", "--json", uri(export)))
                    .contains("\"export-name\": \"demo\"")
                    .contains("\"block_size_minimum\": 512");
            assertThat(Tool.succeed(directory, "nbdinfo", "--size", uri(export)).trim())
                    .isEqualTo("67108864");
        }
    }

    @Test
    void nbdinfoMapsHolesAndDirt() throws IOException {
        Tool.assumeInstalled("nbdinfo", "libnbd-bin");
        try (var export = export(false);
                var client = export.connect()) {
            client.go("demo");
            client.write(0, 1, 1 << 20, Arrays.copyOf(content, 1 << 20));
            client.status(1);
            assertThat(Tool.succeed(directory, "nbdinfo", "--map", uri(export)).lines())
                    .map(line -> line.trim().replaceAll(" +", " "))
                    .containsExactly(
                            "0 1048576 3 hole,zero",
                            "1048576 1048576 0 data",
                            "2097152 65011712 3 hole,zero");
            assertThat(Tool.succeed(directory, "nbdinfo", "--map=hast:dirty", uri(export)).lines())
                    .map(line -> line.trim().replaceAll(" +", " "))
                    .containsExactly("0 1048576 0", "1048576 1048576 1", "2097152 65011712 0");
        }
    }

    @ParameterizedTest(name = "io_uring {0}")
    @ValueSource(booleans = {false, true})
    void nbdcopyCopiesBothWays(boolean ioUring) throws IOException {
        Tool.assumeInstalled("nbdcopy", "libnbd-bin");
        try (var export = export(ioUring)) {
            Tool.succeed(directory, "nbdcopy", "--flush", image.toString(), uri(export));
            assertThat(contentOf(export)).isEqualTo(content);
            assertThat(export.volume.flushes).isPositive();
            Path back = directory.resolve("back");
            Tool.succeed(directory, "nbdcopy", uri(export), back.toString());
            assertThat(Files.mismatch(image, back)).isEqualTo(-1);
        }
    }

    @ParameterizedTest(name = "io_uring {0}")
    @ValueSource(booleans = {false, true})
    void qemuImgConvertsAndCompares(boolean ioUring) throws IOException {
        Tool.assumeInstalled("qemu-img", "qemu-utils");
        try (var export = export(ioUring)) {
            assertThat(Tool.succeed(directory, "qemu-img", "info", uri(export)))
                    .contains("virtual size: 64 MiB");
            String raw = image.toString();
            Tool.succeed(
                    directory,
                    "qemu-img",
                    "convert",
                    "-n",
                    "-f",
                    "raw",
                    "-O",
                    "raw",
                    raw,
                    uri(export));
            assertThat(contentOf(export)).isEqualTo(content);
            assertThat(
                            Tool.succeed(
                                    directory,
                                    "qemu-img",
                                    "compare",
                                    "-f",
                                    "raw",
                                    "-F",
                                    "raw",
                                    raw,
                                    uri(export)))
                    .contains("identical");
            Path copy = directory.resolve("copy.qcow2");
            Tool.succeed(
                    directory,
                    "qemu-img",
                    "convert",
                    "-f",
                    "raw",
                    "-O",
                    "qcow2",
                    uri(export),
                    copy.toString());
            assertThat(Tool.succeed(directory, "qemu-img", "compare", raw, copy.toString()))
                    .contains("identical");
        }
    }

    @Test
    void qemuIoWritesReadsZeroesAndDiscards() throws IOException {
        Tool.assumeInstalled("qemu-io", "qemu-utils");
        try (var export = export(false)) {
            String text =
                    Tool.succeed(
                            directory,
                            "qemu-io",
                            "-f",
                            "raw",
                            "-c",
                            "write -P 0xab 1M 2M",
                            "-c",
                            "read -P 0xab 1M 2M",
                            "-c",
                            "write -f -P 0xcd 1M 64k",
                            "-c",
                            "write -z 2M 64k",
                            "-c",
                            "write -z -u 2112k 64k",
                            "-c",
                            "discard 2560k 64k",
                            "-c",
                            "read -P 0 2M 128k",
                            "-c",
                            "read -P 0xcd 1M 64k",
                            "-c",
                            "aio_write -P 0x11 8M 1M",
                            "-c",
                            "aio_write -P 0x22 9M 1M",
                            "-c",
                            "aio_flush",
                            "-c",
                            "read -P 0x22 9M 1M",
                            "-c",
                            "flush",
                            uri(export));
            assertThat(text).doesNotContain("failed").doesNotContain("error");
            assertThat(export.volume.fuas).isPositive();
            assertThat(export.volume.flushes).isPositive();
            assertThat(export.volume.unmaps).isPositive();
        }
    }

    @ParameterizedTest(name = "io_uring {0}")
    @ValueSource(booleans = {false, true})
    void fioVerifiesWhatItWrites(boolean ioUring) throws IOException {
        Tool.assumeInstalled("fio", "fio");
        try (var export = export(ioUring)) {
            for (String block : new String[] {"4k", "128k"}) {
                String text =
                        Tool.succeed(
                                directory,
                                "fio",
                                "--name=verify",
                                "--ioengine=nbd",
                                "--uri=" + uri(export),
                                "--rw=randwrite",
                                "--bs=" + block,
                                "--iodepth=16",
                                "--size=32m",
                                "--fsync=64",
                                "--verify=crc32c",
                                "--verify_fatal=1",
                                "--do_verify=1");
                assertThat(text).contains("err= 0");
            }
        }
    }

    @Test
    void pythonClientMeetsTheErrorsOfTheProtocol() throws IOException {
        Tool.assumeInstalled("nbdsh", "python3-libnbd");
        String script =
                """
                import errno, nbd, sys
                h = nbd.NBD()
                h.set_strict_mode(0)
                h.set_request_block_size(False)
                h.add_meta_context("base:allocation")
                h.connect_uri(sys.argv[1])
                size = h.get_size()
                def refused(number, action):
                    try:
                        action()
                    except nbd.Error as e:
                        assert e.errno == errno.errorcode[number], (e.errno, number)
                        return
                    raise AssertionError("not refused")
                refused(errno.EINVAL, lambda: h.pread(512, size))
                refused(errno.ENOSPC, lambda: h.pwrite(bytearray(512), size))
                refused(errno.ENOSPC, lambda: h.zero(512, size))
                refused(errno.EINVAL, lambda: h.trim(512, size))
                refused(errno.EINVAL, lambda: h.pwrite(bytearray(100), 0))
                refused(errno.ENOTSUP, lambda: h.zero(512, 0, nbd.CMD_FLAG_FAST_ZERO))
                h.pwrite(b"x" * 4096, 4096, nbd.CMD_FLAG_FUA)
                assert h.pread(4096, 4096) == b"x" * 4096
                h.cache(4096, 0)
                h.trim(4096, 4096, nbd.CMD_FLAG_FUA)
                h.flush()
                pieces = []
                def chunk(buf, offset, kind, err):
                    pieces.append((offset, len(buf), kind))
                h.pwrite(b"y" * 65536, 0)
                h.zero(131072, 65536)
                h.pread_structured(196608, 0, chunk)
                assert pieces == [(0, 65536, nbd.READ_DATA), (65536, 131072, nbd.READ_HOLE)], pieces
                del pieces[:]
                h.pread_structured(196608, 0, chunk, nbd.CMD_FLAG_DF)
                assert pieces == [(0, 196608, nbd.READ_DATA)], pieces
                h.shutdown()
                """;
        Path file = Files.writeString(directory.resolve("client.py"), script);
        try (var export = export(false)) {
            // Debian's own interpreter: another one in the path does not see Debian's modules.
            Tool.succeed(directory, "/usr/bin/python3", file.toString(), uri(export));
            export.until(
                    "goodbye is counted",
                    () -> export.counts.ended(ConnectionEnd.DISCONNECTED) == 1);
        }
    }

    @Test
    void tlsPortServesOnlyThoseWithACertificate() throws Exception {
        Tool.assumeInstalled("nbdcopy", "libnbd-bin");
        Tool.assumeInstalled("openssl", "openssl");
        Path client = Files.createDirectory(directory.resolve("client"));
        Path certificate = client.resolve("client-cert.pem");
        Path key = client.resolve("client-key.pem");
        // One certificate that signs itself plays the authority, the server and the client.
        Tool.succeed(
                directory,
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString());
        Files.copy(certificate, client.resolve("ca-cert.pem"));
        Path stranger = Files.createDirectory(directory.resolve("stranger"));
        Files.copy(certificate, stranger.resolve("ca-cert.pem"));
        SslContext context =
                SslContextBuilder.forServer(certificate.toFile(), key.toFile())
                        .trustManager(certificate.toFile())
                        .clientAuth(ClientAuth.REQUIRE)
                        .build();
        try (var export = export(false)) {
            var address = new InetSocketAddress("127.0.0.1", 0);
            var bound = export.listen(new ListenAddress.Tcp(address, Optional.of(context)));
            String at = "://127.0.0.1:" + ((InetSocketAddress) bound).getPort() + "/demo";
            String secure = "nbds" + at + "?tls-certificates=" + client;
            assertThat(Tool.succeed(directory, "nbdinfo", secure)).contains("with TLS");
            Tool.succeed(directory, "nbdcopy", image.toString(), secure);
            assertThat(contentOf(export)).isEqualTo(content);
            Path back = directory.resolve("back");
            Tool.succeed(directory, "nbdcopy", secure, back.toString());
            assertThat(Files.mismatch(image, back)).isEqualTo(-1);
            assertThat(Tool.run(directory, List.of("nbdinfo", "nbd" + at)).status()).isPositive();
            String unknown = "nbds" + at + "?tls-certificates=" + stranger;
            assertThat(Tool.run(directory, List.of("nbdinfo", unknown)).status()).isPositive();
            export.until(
                    "the stranger is counted",
                    () -> export.counts.ended(ConnectionEnd.TLS_FAILURE) >= 1);
        }
    }

    @Test
    void plainTcpServesToo() throws IOException {
        Tool.assumeInstalled("nbdcopy", "libnbd-bin");
        try (var export = export(false)) {
            var address = new InetSocketAddress("127.0.0.1", 0);
            var bound = export.listen(new ListenAddress.Tcp(address, Optional.empty()));
            String uri = "nbd://127.0.0.1:" + ((InetSocketAddress) bound).getPort() + "/";
            Tool.succeed(directory, "nbdcopy", "--connections=4", image.toString(), uri);
            assertThat(contentOf(export)).isEqualTo(content);
        }
    }
}
