package dev.hast.simulator.world;

import dev.hast.core.replication.Message;
import java.util.Arrays;

/// Messages as text that does not change from run to run.
final class Describe {

    private Describe() {}

    static String message(Message message) {
        return switch (message) {
            case Message.Recent(long epoch, long[] ranges, long[] extents) ->
                    "Recent[epoch=%d, ranges=%s, extents=%s]"
                            .formatted(epoch, Arrays.toString(ranges), bits(extents));
            case Message.SyncAccept(long epoch, boolean all, long[] activity) ->
                    "SyncAccept[epoch=%d, all=%s, activity=%s]"
                            .formatted(epoch, all, bits(activity));
            case Message.Hashes(long id, int result, long[] hashes) ->
                    "Hashes[id=%d, result=%d, %d]".formatted(id, result, hashes.length / 2);
            case Message.JoinPrepare prepare ->
                    "JoinPrepare[epoch=%d, id=%d, %s]"
                            .formatted(
                                    prepare.epoch(),
                                    prepare.id(),
                                    prepare.maps().stream()
                                            .map(map -> map.slot() + ":" + bits(map.words()))
                                            .toList());
            default -> message.toString();
        };
    }

    private static String bits(long[] words) {
        return words.length == 0 ? "none" : Long.toBinaryString(words[0]);
    }
}
