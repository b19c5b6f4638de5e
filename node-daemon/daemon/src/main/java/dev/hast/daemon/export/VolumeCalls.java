package dev.hast.daemon.export;

import dev.hast.daemon.storage.IoCompletion;

/// Turns a request into its call of the volume.
final class VolumeCalls {
    private final Volume volume;
    private final IoCompletion completion;

    VolumeCalls(Volume volume, IoCompletion completion) {
        this.volume = volume;
        this.completion = completion;
    }

    /// The completion may come before this returns.
    void submit(Request request) {
        request.withVolume = true;
        long token = request.token;
        long offset = request.offset;
        long length = request.length;
        switch (request.command) {
            case READ ->
                    volume.read(token, offset, request.requirePayload(), (int) length, completion);
            case WRITE ->
                    volume.write(
                            token,
                            offset,
                            request.requirePayload(),
                            (int) length,
                            request.has(Nbd.FLAG_FUA),
                            completion);
            case FLUSH -> volume.flush(token, completion);
            case TRIM ->
                    volume.zero(token, offset, length, true, request.has(Nbd.FLAG_FUA), completion);
            case WRITE_ZEROES -> {
                boolean mayUnmap = !request.has(Nbd.FLAG_NO_HOLE);
                volume.zero(token, offset, length, mayUnmap, request.has(Nbd.FLAG_FUA), completion);
            }
            case CACHE, BLOCK_STATUS, DISCONNECT ->
                    throw new IllegalStateException(request.command + " is answered without it");
        }
    }
}
