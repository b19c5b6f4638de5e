package dev.hast.daemon.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.netlink.NetlinkSocket;
import dev.hast.daemon.network.ServiceAddress;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NftBatchTest {
    private static final int BEGIN = 16;
    private static final int END = 17;

    /// Types and flags of the messages, in their order.
    private static List<int[]> messages(final NftBatch batch) {
        final ByteBuffer bytes = ByteBuffer.wrap(batch.toBytes()).order(ByteOrder.nativeOrder());
        final List<int[]> messages = new ArrayList<>();
        int at = 0;
        while (at < bytes.limit()) {
            messages.add(
                    new int[] {
                        Short.toUnsignedInt(bytes.getShort(at + 4)),
                        Short.toUnsignedInt(bytes.getShort(at + 6))
                    });
            at += (bytes.getInt(at) + 3) & ~3;
        }
        assertThat(at).isEqualTo(bytes.limit());
        return messages;
    }

    private static List<InetAddress> both() throws Exception {
        return List.of(InetAddress.getByName("10.0.0.1"), InetAddress.getByName("fd00::1"));
    }

    @Test
    void aTransactionIsFramedAndOnlyItsLastMessageAsksForAnAnswer() throws Exception {
        final List<ServiceAddress> addresses =
                both().stream().map(address -> new ServiceAddress(2, "eth0", address)).toList();
        for (final NftBatch batch :
                List.of(
                        GuardRules.install(addresses, GuardRules.SHARED, GuardRules.OWNED),
                        GuardRules.guardOnly(addresses),
                        GuardRules.open(both()),
                        GuardRules.renew(both()),
                        GuardRules.silence(both()),
                        GuardRules.remove())) {
            final List<int[]> messages = messages(batch);
            assertThat(messages.getFirst()[0]).isEqualTo(BEGIN);
            assertThat(messages.getLast()[0]).isEqualTo(END);
            for (int i = 0; i < messages.size(); i++) {
                assertThat((messages.get(i)[1] & NetlinkSocket.NLM_F_ACK) != 0)
                        .isEqualTo(i == messages.size() - 2);
            }
        }
    }

    @Test
    void timeoutsAreWhereTheyAreSaidToBe() throws Exception {
        for (final NftBatch batch : List.of(GuardRules.open(both()), GuardRules.renew(both()))) {
            final ByteBuffer bytes = ByteBuffer.wrap(batch.toBytes());
            // IPv4 is in two tables: inet and arp.
            assertThat(batch.timeouts()).hasSizeGreaterThanOrEqualTo(3);
            for (final int at : batch.timeouts()) {
                assertThat(bytes.getLong(at)).isEqualTo(1);
                final ByteBuffer header = bytes.duplicate().order(ByteOrder.nativeOrder());
                assertThat(header.getShort(at - 4)).as("length").isEqualTo((short) 12);
                assertThat(header.getShort(at - 2)).as("type").isEqualTo((short) 4);
            }
        }
    }
}
