package dev.hast.control.v1;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// The bytes of two messages as they were first released: field numbers and types never change.
final class WireTest {

    @Test
    void replicaStatusKeepsItsBytes() throws InvalidProtocolBufferException {
        var status =
                ReplicaStatus.newBuilder()
                        .setNode("hast-b")
                        .setRole(Role.ROLE_SECONDARY)
                        .setLink(LinkState.LINK_STATE_CONNECTED)
                        .setState(ReplicaState.REPLICA_STATE_SYNCING)
                        .setProvider("/dev/da1")
                        .setAddress("10.0.0.2:8457")
                        .setDirtyBytes(2097152)
                        .setResync(
                                Progress.newBuilder()
                                        .setDoneBytes(1048576)
                                        .setTotalBytes(4194304)
                                        .setBytesPerSecond(1000)
                                        .setRemainingMs(0)
                                        .setPaused(true))
                        .setLastError("refused")
                        .setLastErrorMs(1)
                        .setGrantRemainingMs(-1)
                        .setLinkSinceMs(2)
                        .setRoundTripUs(3)
                        .setLagBytes(4)
                        .setSource("10.0.0.1")
                        .setSlot(7)
                        .build();

        expect(
                status,
                "0a06686173742d621002180220032a082f6465762f646131320d31302e302e302e32"
                        + "3a383435373880808001421008808040108080800218e807200028014a0772656675"
                        + "736564500158ffffffffffffffffff016002680370047a0831302e302e302e318001"
                        + "07");
        assertThat(ReplicaStatus.parseFrom(status.toByteArray())).isEqualTo(status);
    }

    @Test
    void createRequestKeepsItsBytes() {
        expect(
                CreateRequest.newBuilder()
                        .setName("hast0")
                        .setExtentBytes(4194304)
                        .setMediaBytes(10737418240L)
                        .setActivityLogExtents(64)
                        .setForce(true)
                        .build(),
                "0a056861737430108080800218808080802820402801");
    }

    @Test
    void valueOfALaterVersionIsReadAsUnrecognizedAndKept() throws InvalidProtocolBufferException {
        var later = HexFormat.of().parseHex("2063"); // state = 99
        var status = ReplicaStatus.parseFrom(later);
        assertThat(status.getState()).isEqualTo(ReplicaState.UNRECOGNIZED);
        assertThat(status.toByteArray()).isEqualTo(later);
    }

    private static void expect(Message message, String hex) {
        assertThat(HexFormat.of().formatHex(message.toByteArray())).isEqualTo(hex);
    }
}
