package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class EtcdAnswerTest {

    /// Only these may ever mean that a request which was sent had no effect.
    private static final Set<Status.Code> MAY_BE_SURE =
            EnumSet.of(
                    Status.Code.UNAUTHENTICATED,
                    Status.Code.INVALID_ARGUMENT,
                    Status.Code.PERMISSION_DENIED,
                    Status.Code.FAILED_PRECONDITION,
                    Status.Code.UNIMPLEMENTED);

    @ParameterizedTest
    @EnumSource(Status.Code.class)
    void whatWasNotSentHadNoEffectWhateverTheStatus(Status.Code code) {
        assertThat(answer(code.toStatus(), false)).isInstanceOf(EtcdAnswer.NotSent.class);
    }

    @ParameterizedTest
    @EnumSource(Status.Code.class)
    void whatWasSentIsLostUnlessTheStatusSaysOtherwise(Status.Code code) {
        if (!MAY_BE_SURE.contains(code)) {
            assertThat(answer(code.toStatus(), true)).isInstanceOf(EtcdAnswer.Lost.class);
        }
    }

    @Test
    void usedUpSpaceIsLostAndOverloadIsNot() {
        assertThat(
                        answer(
                                Status.RESOURCE_EXHAUSTED.withDescription(
                                        "etcdserver: mvcc: database space exceeded"),
                                true))
                .isInstanceOf(EtcdAnswer.Lost.class);
        assertThat(
                        answer(
                                Status.RESOURCE_EXHAUSTED.withDescription(
                                        "etcdserver: too many requests"),
                                true))
                .isInstanceOf(EtcdAnswer.NotSent.class);
    }

    @Test
    void everyWayToSayWhoAreYouAsksForAToken() {
        assertThat(
                        answer(
                                Status.UNAUTHENTICATED.withDescription(
                                        "etcdserver: invalid auth token"),
                                true))
                .isInstanceOf(EtcdAnswer.TokenStale.class);
        assertThat(
                        answer(
                                Status.INVALID_ARGUMENT.withDescription(
                                        "etcdserver: user name is empty"),
                                true))
                .isInstanceOf(EtcdAnswer.TokenStale.class);
        assertThat(
                        answer(
                                Status.INVALID_ARGUMENT.withDescription(
                                        "etcdserver: revision of auth store is old"),
                                true))
                .isInstanceOf(EtcdAnswer.TokenStale.class);
        assertThat(
                        answer(
                                Status.INVALID_ARGUMENT.withDescription(
                                        "etcdserver: request is too large"),
                                true))
                .isInstanceOf(EtcdAnswer.Rejected.class);
    }

    @Test
    void causeNamesTheMemberAndTheRootOfTheFailure() {
        final Status status =
                Status.UNAVAILABLE
                        .withDescription("io exception\nand much about channels")
                        .withCause(
                                new IllegalStateException(
                                        "outer", new IllegalStateException("refused")));
        assertThat(answer(status, false))
                .isEqualTo(new EtcdAnswer.NotSent<>("etcd at m:1: io exception (refused)"));
    }

    private static EtcdAnswer<Object> answer(Status status, boolean sent) {
        return EtcdAnswer.ofFailure(status, sent, "m:1");
    }
}
