package dev.hast.operator.failover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.operator.failover.Evictions.Detach;
import dev.hast.operator.failover.Evictions.Evict;
import dev.hast.operator.failover.Evictions.Keep;
import dev.hast.operator.failover.Evictions.Step;
import dev.hast.operator.failover.Uses.Attached;
import dev.hast.operator.failover.Uses.Running;
import dev.hast.operator.failover.Uses.Used;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class EvictionsTest {

    private static final Map<String, String> MOVED = Map.of("db", "two");
    private static final Attached OLD = new Attached("csi-1", "db", "one");

    private static Used ours(String resource) {
        return new Used("claim " + resource, Optional.of(resource), true);
    }

    private static Used other(boolean lasting) {
        return new Used("claim other", Optional.empty(), lasting);
    }

    private static Running pod(String node, Used... volumes) {
        return new Running("default", "postgres-0", "uid", node, false, Arrays.asList(volumes));
    }

    private static List<Step> steps(
            List<Attached> attached, Map<String, String> servedOn, Running... pods) {
        return Evictions.of(Evictions.lost(attached, servedOn), Arrays.asList(pods), Set.of());
    }

    @Test
    void thePodOfALostVolumeGoesAndItsAttachmentOnlyAfterIt() {
        final Running pod = pod("one", ours("db"), other(false));
        assertThat(steps(List.of(OLD), MOVED, pod)).containsExactly(new Evict(pod, "db", "two"));
        assertThat(steps(List.of(OLD), MOVED)).containsExactly(new Detach(OLD, "two"));
    }

    @Test
    void nothingGoesWhileNobodyServesTheVolumeOrTheNodeItselfDoes() {
        final Running pod = pod("one", ours("db"));
        assertThat(steps(List.of(OLD), Map.of(), pod)).isEmpty();
        assertThat(steps(List.of(OLD), Map.of("db", "one"), pod)).isEmpty();
        assertThat(steps(List.of(OLD), Map.of("web", "two"), pod)).isEmpty();
    }

    @Test
    void aPodThatWaitsForItsVolumeOnAnotherNodeIsNotMeant() {
        final Running waits = pod("three", ours("db"));
        assertThat(steps(List.of(), MOVED, waits)).isEmpty();
        assertThat(steps(List.of(OLD), MOVED, waits)).containsExactly(new Detach(OLD, "two"));
    }

    @Test
    void aPodOnThatNodeWithoutTheVolumeStays() {
        assertThat(steps(List.of(OLD), MOVED, pod("one", ours("web"), other(true))))
                .containsExactly(new Detach(OLD, "two"));
    }

    @Test
    void aPodThatMayStillWriteElsewhereIsLeftWithTheReason() {
        final Running pod = pod("one", ours("db"), other(true));
        assertThat(steps(List.of(OLD), MOVED, pod))
                .singleElement()
                .isInstanceOfSatisfying(
                        Keep.class,
                        keep ->
                                assertThat(keep.words())
                                        .contains(
                                                "db is served on two now",
                                                "may still write to claim other",
                                                "then delete it"));
    }

    @Test
    void ofTwoVolumesOfOursBothHaveToBeLost() {
        final Attached web = new Attached("csi-2", "web", "one");
        final Running pod = pod("one", ours("db"), ours("web"));
        assertThat(steps(List.of(OLD, web), MOVED, pod))
                .singleElement()
                .isInstanceOfSatisfying(
                        Keep.class, keep -> assertThat(keep.words()).contains("claim web"));
        assertThat(steps(List.of(OLD, web), Map.of("db", "two", "web", "three"), pod))
                .containsExactly(new Evict(pod, "db", "two"));
    }

    @Test
    void whoeverIsAnnotatedIsLeftAlone() {
        final Running kept = new Running("default", "p", "uid", "one", true, List.of(ours("db")));
        assertThat(steps(List.of(OLD), MOVED, kept))
                .singleElement()
                .isInstanceOfSatisfying(
                        Keep.class, keep -> assertThat(keep.words()).contains("hast.dev/failover"));
        final Running pod = pod("one", ours("db"));
        assertThat(Evictions.of(Evictions.lost(List.of(OLD), MOVED), List.of(pod), Set.of("db")))
                .singleElement()
                .isInstanceOf(Keep.class);
        assertThat(Evictions.of(Evictions.lost(List.of(OLD), MOVED), List.of(), Set.of("db")))
                .as("its attachment neither")
                .isEmpty();
    }

    @Test
    void aPodOnAThirdNodeWithAnOldAttachmentOfItsOwnGoesToo() {
        final Attached third = new Attached("csi-3", "db", "three");
        final Running first = pod("one", ours("db"));
        final Running second =
                new Running("default", "p", "uid2", "three", false, List.of(ours("db")));
        assertThat(steps(List.of(OLD, third), MOVED, first, second))
                .containsExactly(new Evict(first, "db", "two"), new Evict(second, "db", "two"));
    }
}
