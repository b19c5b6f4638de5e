package dev.hast.daemon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.replication.Message;
import dev.hast.daemon.storage.BlockBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// How a link ends. The pipeline begins with a stand-in for TLS, which holds a close back until its
/// farewell has left.
final class LinkEndTest {
    private final List<String> heard = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Link link;

    LinkEndTest() {
        channel.freezeTime();
        channel.pipeline()
                .addLast(
                        new ChannelOutboundHandlerAdapter() {
                            @Override
                            public void close(
                                    final ChannelHandlerContext context,
                                    final ChannelPromise promise) {
                                heard.add("farewell");
                            }
                        });
        link =
                new Link(
                        "demo",
                        "hast-a",
                        channel,
                        new LinkBuffers(new BlockBuffers(4 << 20)),
                        NONE);
        channel.pipeline().fireChannelActive();
        link.open("hast-b", new Listener());
    }

    @Test
    void firstCauseIsToldOnceAndDoesNotWaitForTheFarewell() {
        link.close("the first cause");
        channel.runPendingTasks();
        assertThat(heard).containsOnlyOnce("farewell", "the first cause");
        channel.pipeline().fireExceptionCaught(new IOException("a later cause"));
        channel.unsafe().closeForcibly();
        channel.runPendingTasks();
        assertThat(heard).containsExactlyInAnyOrder("farewell", "the first cause");
    }

    @Test
    void silentLinkEndsBeforeAGrantCanRunOutAndWithoutFarewell() {
        for (int look = 0; look <= Link.SILENT_LOOKS_MAX; look++) {
            assertThat(heard).isEmpty();
            channel.advanceTimeBy(Link.LOOK_MILLIS, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
            channel.runPendingTasks();
        }
        assertThat(heard).containsExactly("nothing was heard for 2 seconds");
        assertThat(channel.isOpen()).isFalse();
    }

    private static final Link.Opening NONE =
            new Link.Opening() {
                @Override
                public void connected(final Link link) {}

                @Override
                public void greeted(final Link link, final LinkGreeting greeting) {}

                @Override
                public void failed(final Link link, final Refusal refusal, final String cause) {}

                @Override
                public void broken(final Link link, final Refusal refusal, final String cause) {}
            };

    private final class Listener implements LinkListener {
        @Override
        public void linkUp(final Link its) {}

        @Override
        public void linkDown(final Link its, final String cause) {
            heard.add(cause);
        }

        @Override
        public void message(final Link its, final Message message) {}

        @Override
        public void note(final Link its, final String topic, final byte[] note) {}

        @Override
        public void write(final Link its, final WriteFrame frame, final @Nullable ByteBuf data) {}

        @Override
        public void confirm(
                final Link its, final long epoch, final long sequence, final boolean written) {}

        @Override
        public void readReply(
                final Link its,
                final long id,
                final int result,
                final @Nullable ByteBuf data,
                final int length) {}
    }
}
