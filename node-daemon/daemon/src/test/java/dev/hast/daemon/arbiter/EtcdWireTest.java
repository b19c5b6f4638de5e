package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.hast.daemon.arbiter.etcd.v3.AuthGrpc;
import dev.hast.daemon.arbiter.etcd.v3.AuthenticateRequest;
import dev.hast.daemon.arbiter.etcd.v3.Compare;
import dev.hast.daemon.arbiter.etcd.v3.KVGrpc;
import dev.hast.daemon.arbiter.etcd.v3.PutRequest;
import dev.hast.daemon.arbiter.etcd.v3.RangeRequest;
import dev.hast.daemon.arbiter.etcd.v3.RangeResponse;
import dev.hast.daemon.arbiter.etcd.v3.RequestOp;
import dev.hast.daemon.arbiter.etcd.v3.TxnRequest;
import dev.hast.daemon.arbiter.etcd.v3.TxnResponse;
import dev.hast.daemon.arbiter.etcd.v3.WatchCreateRequest;
import dev.hast.daemon.arbiter.etcd.v3.WatchGrpc;
import dev.hast.daemon.arbiter.etcd.v3.WatchRequest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// The bytes that etcd's interface prescribes, worked out by hand from its field numbers.
final class EtcdWireTest {

    private static final ByteString KEY = ByteString.copyFromUtf8("k");

    @Test
    void methodsHaveTheNamesThatEtcdServes() {
        assertThat(KVGrpc.getRangeMethod().getFullMethodName()).isEqualTo("etcdserverpb.KV/Range");
        assertThat(KVGrpc.getTxnMethod().getFullMethodName()).isEqualTo("etcdserverpb.KV/Txn");
        assertThat(WatchGrpc.getWatchMethod().getFullMethodName())
                .isEqualTo("etcdserverpb.Watch/Watch");
        assertThat(AuthGrpc.getAuthenticateMethod().getFullMethodName())
                .isEqualTo("etcdserverpb.Auth/Authenticate");
    }

    @Test
    void linearizableReadOfOneKeyIsItsKeyAlone() {
        assertThat(hex(RangeRequest.newBuilder().setKey(KEY).build())).isEqualTo("0a016b");
    }

    @Test
    void transactionComparesModRevisionAndPutsOrReads() {
        final TxnRequest request =
                TxnRequest.newBuilder()
                        .addCompare(
                                Compare.newBuilder()
                                        .setTarget(Compare.Target.MOD)
                                        .setKey(KEY)
                                        .setModRevision(300))
                        .addSuccess(
                                RequestOp.newBuilder()
                                        .setRequestPut(
                                                PutRequest.newBuilder()
                                                        .setKey(KEY)
                                                        .setValue(ByteString.copyFromUtf8("v"))))
                        .addFailure(
                                RequestOp.newBuilder()
                                        .setRequestRange(RangeRequest.newBuilder().setKey(KEY)))
                        .build();
        // compare { target 2: MOD, key 3: k, mod_revision 6: 300 }, success { put 2 { key 1, value
        // 2 } }, failure { range 1 { key 1 } }
        assertThat(hex(request))
                .isEqualTo(
                        "0a08" + "1002" + "1a016b" + "30ac02" + "1208" + "1206" + "0a016b"
                                + "120176" + "1a05" + "0a03" + "0a016b");
    }

    @Test
    void absentKeyIsComparedWithAnExplicitZero() {
        // Left out, the operand would be no operand at all.
        assertThat(
                        hex(
                                Compare.newBuilder()
                                        .setTarget(Compare.Target.MOD)
                                        .setKey(KEY)
                                        .setModRevision(0)
                                        .build()))
                .isEqualTo("1002" + "1a016b" + "3000");
    }

    @Test
    void logInCarriesNameAndPassword() {
        assertThat(hex(AuthenticateRequest.newBuilder().setName("u").setPassword("p").build()))
                .isEqualTo("0a0175120170");
    }

    @Test
    void watchAsksForOneKey() {
        assertThat(
                        hex(
                                WatchRequest.newBuilder()
                                        .setCreateRequest(
                                                WatchCreateRequest.newBuilder().setKey(KEY))
                                        .build()))
                .isEqualTo("0a030a016b");
    }

    @Test
    void answersAreReadAndUnknownFieldsOfNewerServersPassed() throws Exception {
        // header 1 { cluster_id 1: 5, revision 3: 9 }, kvs 2 { key 1: k, mod_revision 3: 7, value
        // 5: v }, count 4: 1, and a field 99
        final var range =
                RangeResponse.parseFrom(
                        HexFormat.of()
                                .parseHex(
                                        "0a04" + "0805" + "1809" + "1208" + "0a016b" + "1807"
                                                + "2a0176" + "2001" + "980601"));
        assertThat(range.getHeader().getClusterId()).isEqualTo(5);
        assertThat(range.getHeader().getRevision()).isEqualTo(9);
        assertThat(range.getKvs(0).getModRevision()).isEqualTo(7);
        assertThat(range.getKvs(0).getValue().toStringUtf8()).isEqualTo("v");
        // header 1 {}, succeeded 2: true, responses 3 { response_range 1 { count 4: 2 } }
        final var txn =
                TxnResponse.parseFrom(
                        HexFormat.of().parseHex("0a00" + "1001" + "1a04" + "0a02" + "2002"));
        assertThat(txn.getSucceeded()).isTrue();
        assertThat(txn.getResponses(0).getResponseRange().getCount()).isEqualTo(2);
    }

    private static String hex(MessageLite message) {
        return HexFormat.of().formatHex(message.toByteArray());
    }
}
