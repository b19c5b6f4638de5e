package dev.hast.daemon.node;

import dev.hast.control.v1.DumpResponse;
import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Reign;
import dev.hast.core.replication.ReplicaStatus;

/// What lies in a replica's metadata, in the words of the control API.
final class DumpView {

    private DumpView() {}

    static void add(DumpResponse.Builder out, ReplicaStatus replica) {
        out.setSlot(Math.max(0, replica.slot()));
        replica.peers()
                .forEach(peer ->
                        out.addDirtyMaps(
                                DumpResponse.DirtyMap.newBuilder()
                                        .setNode(peer.node())
                                        .setDirtyBytes(peer.dirtyBytes())));
    }

    static void add(DumpResponse.Builder out, Configuration configuration) {
        out.setId(configuration.resource().toString())
                .setDataBytes(configuration.size())
                .setEpoch(configuration.epoch())
                .setReign(configuration.reign().tag())
                .setPrimary(
                        configuration
                                .member(configuration.primary())
                                .map(m -> m.node())
                                .orElse(""));
        for (Reign reign : configuration.reigns()) {
            out.addHistory(
                    DumpResponse.Reign.newBuilder()
                            .setReign(reign.tag())
                            .setBeginEpoch(reign.firstEpoch()));
        }
        configuration
                .members()
                .forEach(member -> {
                    out.addMembers(member.node());
                    if (configuration.inSync().contains(member.slot())) {
                        out.addInSync(member.node());
                    }
                });
    }
}
