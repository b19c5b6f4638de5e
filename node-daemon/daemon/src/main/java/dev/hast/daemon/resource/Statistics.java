package dev.hast.daemon.resource;

/// Counters of one resource, as HAST's `hastctl list` shows them. Written on the loop; read
/// anywhere, approximately.
public final class Statistics {
    public long reads;
    public long readBytes;
    public long writes;
    public long writtenBytes;
    public long deletes;
    public long flushes;
    public long errors;
    public long localReadErrors;
    public long localWriteErrors;
    public long localFlushErrors;
    public long sentBytes;
    public long receivedBytes;
}
