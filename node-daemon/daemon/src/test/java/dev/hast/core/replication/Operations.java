package dev.hast.core.replication;

/// Makes operations for tests of what carries them; in the core only a replica makes any.
public final class Operations {

    private Operations() {}

    public static Operation write(
            Operation.Kind kind, long sequence, long offset, int length, int flags) {
        final Operation operation =
                new OperationTable(8).take(kind, Operation.Origin.CLIENT, offset, length);
        operation.sequence = sequence;
        operation.fua = (flags & 1) != 0;
        operation.mayUnmap = (flags & 2) != 0;
        return operation;
    }
}
