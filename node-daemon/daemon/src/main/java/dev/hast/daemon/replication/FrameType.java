package dev.hast.daemon.replication;

/// What a frame carries. The code is the wire's: never reuse one.
enum FrameType {
    LINK(1),
    KEEPALIVE(2),
    REFUSED(3),
    NOTE(4),
    WRITE(16),
    CONFIRM(17),
    HELLO(32),
    REJECT(33),
    ANNOUNCE(34),
    PING(35),
    GRANT(36),
    FLUSH(37),
    FLUSHED(38),
    RECENT_REQUEST(39),
    RECENT(40),
    SETTLED(41),
    SYNC_BEGIN(42),
    SYNC_ACCEPT(43),
    HASH_REQUEST(44),
    HASHES(45),
    JOIN_PREPARE(46),
    JOIN_READY(47),
    READ_REQUEST(48),
    READ_REPLY(49),
    FAILED(50),
    GOODBYE(51),
    CAPACITY(52);

    private static final FrameType[] BY_CODE = new FrameType[64];

    static {
        for (FrameType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    final int code;

    FrameType(int code) {
        this.code = code;
    }

    /// @throws FrameException for a code that this software does not know
    static FrameType of(int code) throws FrameException {
        final FrameType type = code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
        if (type == null) {
            throw new FrameException(Refusal.UNKNOWN_KIND, "unknown frame type " + code);
        }
        return type;
    }
}
