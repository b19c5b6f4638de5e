package dev.hast.daemon.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.daemon.packet.TcpConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ConnectionNoteTest {

    private static TcpConnection connection(final String local, final String remote)
            throws IOException {
        return new TcpConnection(
                InetAddress.getByName(local), 5432, InetAddress.getByName(remote), 61000);
    }

    @Test
    void aNoteIsByteByByteWhatItWas() throws Exception {
        final List<TcpConnection> connections =
                List.of(connection("10.0.0.1", "10.0.0.2"), connection("fd00::1", "fd00::2"));
        final byte[] note = ConnectionNote.encode(connections);
        assertThat(HexFormat.of().formatHex(note))
                .isEqualTo(
                        "01"
                                + "0002"
                                + "04"
                                + "0a000001"
                                + "1538"
                                + "0a000002"
                                + "ee48"
                                + "10"
                                + "fd000000000000000000000000000001"
                                + "1538"
                                + "fd000000000000000000000000000002"
                                + "ee48");
        assertThat(ConnectionNote.decode(note)).isEqualTo(connections);
    }

    @Test
    void asManyAsAreToldFitIntoANote() throws Exception {
        final byte[] note =
                ConnectionNote.encode(
                        Collections.nCopies(
                                ConnectionNote.CONNECTIONS_MAX, connection("fd00::1", "fd00::2")));
        assertThat(note).hasSizeLessThan(60 << 10);
        assertThat(ConnectionNote.decode(note)).hasSize(ConnectionNote.CONNECTIONS_MAX);
    }

    @Test
    void whatIsCutOrOfAnotherVersionOrGarbageIsRefusedAndNothingElse() throws Exception {
        final byte[] note = ConnectionNote.encode(List.of(connection("10.0.0.1", "10.0.0.2")));
        for (int length = 0; length < note.length; length++) {
            final byte[] cut = Arrays.copyOf(note, length);
            assertThatThrownBy(() -> ConnectionNote.decode(cut)).isInstanceOf(IOException.class);
        }
        note[0] = 2;
        assertThatThrownBy(() -> ConnectionNote.decode(note)).hasMessageContaining("version 2");
        final Random random = new Random(4);
        for (int round = 0; round < 1_000; round++) {
            final byte[] garbage = new byte[100];
            random.nextBytes(garbage);
            garbage[0] = 1;
            assertThatThrownBy(() -> ConnectionNote.decode(garbage))
                    .isInstanceOf(IOException.class);
        }
    }
}
