package dev.hast.core.replication;

/// Tells each operation's owner how far the operation has come: clients' operations belong to the
/// primary's data path, a peer's to the secondary's, and internal ones to who made them.
final class OperationRoutes {

    private final ReplicaState state;
    private final PrimaryRole primary;
    private final SecondaryRole secondary;

    OperationRoutes(ReplicaState state, PrimaryRole primary, SecondaryRole secondary) {
        this.state = state;
        this.primary = primary;
        this.secondary = secondary;
    }

    void granted(Operation operation) {
        switch (operation.origin) {
            case CLIENT -> primary.granted(operation);
            case PEER -> secondary.granted(operation);
            case INTERNAL -> owner(operation).granted(operation);
        }
    }

    void prepared(Operation operation) {
        if (operation.origin == Operation.Origin.PEER) {
            secondary.prepared(operation);
        } else {
            primary.prepared(operation);
        }
    }

    void stored(Operation operation) {
        switch (operation.origin) {
            case CLIENT -> {
                if (state.isPrimary() && !operation.answered) {
                    primary.stored(operation);
                } else {
                    operation.local = true;
                    primary.endAnswered(operation);
                }
            }
            case PEER -> secondary.stored(operation);
            case INTERNAL -> {
                if (operation.kind == Operation.Kind.FLUSH) {
                    primary.flushes().stored(operation);
                } else {
                    owner(operation).stored(operation);
                }
            }
        }
    }

    private static Operation.Owner owner(Operation operation) {
        final Operation.Owner owner = operation.owner;
        if (owner == null) {
            throw new IllegalStateException(operation + " belongs to nobody");
        }
        return owner;
    }
}
