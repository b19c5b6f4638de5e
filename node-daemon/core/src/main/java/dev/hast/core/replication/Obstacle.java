package dev.hast.core.replication;

/// Why a peer cannot be brought back now.
///
/// @param text for people: what is wrong with the peer, and what to do
record Obstacle(ReplicaStatus.Trouble trouble, String text) {

    static Obstacle passing(String text) {
        return new Obstacle(ReplicaStatus.Trouble.NONE, text);
    }

    boolean isSplitBrain() {
        return trouble == ReplicaStatus.Trouble.SPLIT_BRAIN;
    }
}
