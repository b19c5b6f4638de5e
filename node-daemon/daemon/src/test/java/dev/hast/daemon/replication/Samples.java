package dev.hast.daemon.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Member;
import dev.hast.core.configuration.Reign;
import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.configuration.ResourceId;
import dev.hast.core.replication.Message;
import dev.hast.core.replication.Operation;
import dev.hast.core.replication.Operations;
import dev.hast.daemon.document.Checksum;
import dev.hast.daemon.document.Compression;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One of each kind of frame for the golden files, and any number of random ones.
final class Samples {

    private static final ResourceId ID = new ResourceId(0x0123456789abcdefL, 0xfedcba9876543210L);

    private Samples() {}

    /// What a link is told to send, by the name of its golden file.
    static Map<String, Consumer<Link>> golden() {
        final Map<String, Consumer<Link>> all = new LinkedHashMap<>();
        all.put("link", link -> link.greet("a"));
        all.put(
                "refused",
                link -> link.refuse(Refusal.UNKNOWN_RESOURCE, "node b has no resource demo"));
        all.put(
                "keepalive",
                link -> {
                    final EmbeddedChannel channel = (EmbeddedChannel) link.channel();
                    channel.advanceTimeBy(Link.LOOK_MILLIS, TimeUnit.MILLISECONDS);
                    channel.runScheduledPendingTasks();
                    channel.runPendingTasks();
                });
        all.put("write", link -> write(link, block(512), Checksum.CRC32C, Compression.NONE));
        all.put("write-sha256", link -> write(link, block(512), Checksum.SHA256, Compression.HOLE));
        all.put(
                "write-unchecked",
                link -> write(link, block(512), Checksum.NONE, Compression.HOLE));
        all.put("write-hole", link -> write(link, zeroes(4096), Checksum.CRC32C, Compression.HOLE));
        all.put("write-lz4", link -> write(link, text(4096), Checksum.CRC32C, Compression.LZ4));
        all.put("write-zstd", link -> write(link, text(4096), Checksum.CRC32C, Compression.ZSTD));
        all.put(
                "write-zero",
                link ->
                        link.sendWrite(
                                Operations.write(Operation.Kind.ZERO, 8, 1 << 20, 1 << 20, 2),
                                5,
                                6,
                                null,
                                Checksum.CRC32C,
                                Compression.HOLE));
        all.put(
                "write-copy",
                link ->
                        link.sendWrite(
                                Operations.write(Operation.Kind.COPY, 9, 4096, 512, 0),
                                5,
                                6,
                                block(512),
                                Checksum.CRC32C,
                                Compression.HOLE));
        all.put("note", link -> link.sendNote("connections service", new byte[] {1, 2, 3}));
        all.put("confirm", link -> link.sendConfirm(5, 7, true));
        all.put("read_reply", link -> link.sendReadReply(3, 0, block(512), 512, Checksum.CRC32C));
        all.put("read_reply-failed", link -> link.sendReadReply(4, -5, null, 512, Checksum.CRC32C));
        messages().forEach(message -> all.put(name(message), link -> link.send(message)));
        return all;
    }

    private static String name(Message message) {
        return MessageCodec.typeOf(message).name().toLowerCase(java.util.Locale.ROOT);
    }

    private static void write(Link link, ByteBuf data, Checksum checksum, Compression compression) {
        link.sendWrite(
                Operations.write(Operation.Kind.WRITE, 7, 8192, data.readableBytes(), 1),
                5,
                6,
                data,
                checksum,
                compression);
    }

    static ByteBuf block(int length) {
        final byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return direct(bytes);
    }

    private static ByteBuf zeroes(int length) {
        return direct(new byte[length]);
    }

    private static ByteBuf text(int length) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) ('a' + i / 64 % 26);
        }
        return direct(bytes);
    }

    private static ByteBuf direct(byte[] bytes) {
        // Of no pool, so that what a sample forgets is the collector's.
        return Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
    }

    private static Configuration configuration() {
        return new Configuration(
                ID,
                5,
                0,
                ReplicaSet.of(0, 1),
                List.of(new Member(0, "a"), new Member(1, "b"), new Member(2, "c")),
                1L << 30,
                List.of(new Reign(0x1111, 1, 0, false), new Reign(0x2222, 4, 3, true)));
    }

    private static List<Message> messages() {
        return List.of(
                new Message.Hello(
                        ID, "b", configuration(), 0x2222, 5, 0x77, false, true, 1L << 31, 2 << 20),
                new Message.Reject("another size: 1 here, 2 there"),
                new Message.Announce(configuration(), 123456789, 6),
                new Message.Ping(5, 123456789, 6),
                new Message.Grant(5, 123456789, 3_000_000_000L),
                new Message.Flush(5, 11),
                new Message.Flushed(5, 11, -5),
                new Message.RecentRequest(5),
                new Message.Recent(5, new long[] {0, 4096, 8192, 512}, new long[] {1, 2}),
                new Message.Settled(5),
                new Message.SyncBegin(5),
                new Message.SyncAccept(5, true, new long[] {3}),
                new Message.HashRequest(12, 65536, 131072),
                new Message.Hashes(12, 0, new long[] {1, 2, 0, 0}),
                new Message.JoinPrepare(
                        5, 13, List.of(new Message.DirtyMapOf(2, new long[] {0x8001}))),
                new Message.JoinReady(5, 13),
                new Message.ReadRequest(14, 4096, 512),
                new Message.Failed("the provider has failed: EIO"),
                new Message.Goodbye(true, 10_000_000_000L),
                new Message.Capacity(1L << 32));
    }

    /// Any message that the codec carries.
    static Message random(Random random) {
        return switch (random.nextInt(20)) {
            case 0 ->
                    new Message.Hello(
                            new ResourceId(random.nextLong(), random.nextLong()),
                            word(random),
                            random.nextBoolean() ? null : configuration(random),
                            random.nextLong(),
                            random.nextLong(),
                            random.nextLong(),
                            random.nextBoolean(),
                            random.nextBoolean(),
                            random.nextLong(),
                            random.nextInt());
            case 1 -> new Message.Reject(word(random));
            case 2 ->
                    new Message.Announce(
                            configuration(random), random.nextLong(), random.nextLong());
            case 3 -> new Message.Ping(random.nextLong(), random.nextLong(), random.nextLong());
            case 4 -> new Message.Grant(random.nextLong(), random.nextLong(), random.nextLong());
            case 5 -> new Message.Flush(random.nextLong(), random.nextLong());
            case 6 -> new Message.Flushed(random.nextLong(), random.nextLong(), random.nextInt());
            case 7 -> new Message.RecentRequest(random.nextLong());
            case 8 -> new Message.Recent(random.nextLong(), longs(random), longs(random));
            case 9 -> new Message.Settled(random.nextLong());
            case 10 -> new Message.SyncBegin(random.nextLong());
            case 11 ->
                    new Message.SyncAccept(random.nextLong(), random.nextBoolean(), longs(random));
            case 12 -> new Message.HashRequest(random.nextLong(), offset(random), length(random));
            case 13 -> new Message.Hashes(random.nextLong(), random.nextInt(), longs(random));
            case 14 ->
                    new Message.JoinPrepare(
                            random.nextLong(),
                            random.nextLong(),
                            List.of(new Message.DirtyMapOf(random.nextInt(8), longs(random))));
            case 15 -> new Message.JoinReady(random.nextLong(), random.nextLong());
            case 16 -> new Message.ReadRequest(random.nextLong(), offset(random), length(random));
            case 17 -> new Message.Failed(word(random));
            case 18 -> new Message.Goodbye(random.nextBoolean(), random.nextLong());
            default -> new Message.Capacity(random.nextLong());
        };
    }

    /// A write or a read's answer, sent on a link.
    static void sendRandomBlock(Random random, Link link) {
        final int length = 512 * (1 + random.nextInt(16));
        final ByteBuf data =
                switch (random.nextInt(3)) {
                    case 0 -> zeroes(length);
                    case 1 -> text(length);
                    default -> block(length);
                };
        final Checksum checksum = Checksum.values()[random.nextInt(Checksum.values().length)];
        if (random.nextInt(4) == 0) {
            final int result = random.nextBoolean() ? 0 : -5;
            link.sendReadReply(
                    random.nextLong(), result, result == 0 ? data : null, length, checksum);
            return;
        }
        final Operation.Kind kind =
                List.of(Operation.Kind.WRITE, Operation.Kind.ZERO, Operation.Kind.COPY)
                        .get(random.nextInt(3));
        final @Nullable ByteBuf sent = kind == Operation.Kind.ZERO ? null : data;
        link.sendWrite(
                Operations.write(
                        kind, random.nextLong(), offset(random), length, random.nextInt(4)),
                random.nextLong(),
                random.nextLong(),
                sent,
                checksum,
                Compression.values()[random.nextInt(Compression.values().length)]);
    }

    private static Configuration configuration(Random random) {
        final int members = 1 + random.nextInt(8);
        final List<Member> all =
                java.util.stream.IntStream.range(0, members)
                        .mapToObj(slot -> new Member(slot, "node-" + slot + "é".repeat(slot)))
                        .toList();
        final int mask = 1 + random.nextInt((1 << members) - 1);
        return new Configuration(
                new ResourceId(random.nextLong(), random.nextLong()),
                1 + random.nextLong(1L << 40),
                random.nextBoolean() ? Configuration.NOBODY : Integer.numberOfTrailingZeros(mask),
                new ReplicaSet(mask),
                all,
                1 + random.nextLong(1L << 50),
                java.util.stream.IntStream.rangeClosed(1, 1 + random.nextInt(32))
                        .mapToObj(i -> new Reign(random.nextLong(), i, i - 1, random.nextBoolean()))
                        .toList());
    }

    private static long offset(Random random) {
        return random.nextLong() >>> 2;
    }

    private static int length(Random random) {
        return 1 + random.nextInt(Payload.BYTES_MAX);
    }

    private static String word(Random random) {
        return "wörd-".repeat(random.nextInt(40)) + random.nextInt();
    }

    private static long[] longs(Random random) {
        return random.longs(random.nextInt(100)).toArray();
    }
}
