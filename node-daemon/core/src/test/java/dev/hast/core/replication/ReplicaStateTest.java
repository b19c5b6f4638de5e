package dev.hast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Member;
import dev.hast.core.configuration.Reign;
import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.configuration.ResourceId;
import dev.hast.core.metadata.MetadataLayout;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.metadata.Superblock;
import dev.hast.core.metadata.UnsupportedFormatException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ReplicaStateTest {

    private static final Configuration ALONE =
            new Configuration(
                    new ResourceId(1, 2),
                    1,
                    0,
                    ReplicaSet.of(0),
                    List.of(new Member(0, "a"), new Member(1, "b"), new Member(2, "c")),
                    1 << 20,
                    List.of(new Reign(7, 1, 0, false)));

    @Test
    void setsThatEachWriteAsksForAreMadeOncePerConfiguration() throws UnsupportedFormatException {
        final ReplicaState state = state();
        state.configuration = ALONE;
        state.slot = 0;
        final ReplicaSet absent = state.absent();
        final ReplicaSet self = state.self();
        assertThat(absent).isEqualTo(ReplicaSet.of(1, 2)).isSameAs(state.absent());
        assertThat(self).isEqualTo(ReplicaSet.of(0)).isSameAs(state.self());
    }

    @Test
    void setsFollowTheConfigurationAndTheSlot() throws UnsupportedFormatException {
        final ReplicaState state = state();
        assertThat(state.absent()).isEqualTo(ReplicaSet.EMPTY);
        state.configuration = ALONE;
        state.slot = 1;
        assertThat(state.absent()).isEqualTo(ReplicaSet.of(2));
        state.configuration = ALONE.withInSync(ReplicaSet.of(0, 1));
        state.slot = 0;
        assertThat(state.absent()).isEqualTo(ReplicaSet.of(2));
        assertThat(state.self()).isEqualTo(ReplicaSet.of(0));
        state.configuration = null;
        state.slot = -1;
        assertThat(state.absent()).isEqualTo(ReplicaSet.EMPTY);
        assertThat(state.self()).isEqualTo(ReplicaSet.EMPTY);
    }

    private static ReplicaState state() throws UnsupportedFormatException {
        final Superblock blank = Superblock.blank(7, "demo", "a", 64 << 10, new MetadataLayout(1));
        return new ReplicaState(
                ReplicaSettings.defaults("a", List.of("b", "c")),
                StoredReplica.read(blank, StoredReplica.format(blank)),
                42,
                64 << 20,
                new RecordedEffects(),
                operation -> {},
                cause -> {});
    }
}
