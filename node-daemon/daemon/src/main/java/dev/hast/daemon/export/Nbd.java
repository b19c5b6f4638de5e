package dev.hast.daemon.export;

/// The numbers of the NBD protocol as this server uses them. All integers on the wire are
/// big-endian.
final class Nbd {

    /// The largest payload of one request, in bytes. Fixed: clients take 32 MiB for granted when
    /// nothing is negotiated.
    static final int MAX_PAYLOAD = 32 << 20;

    static final int REQUEST_BYTES = 28;
    static final int SIMPLE_REPLY_BYTES = 16;
    static final int CHUNK_BYTES = 20;

    static final long INIT_MAGIC = 0x4e42444d41474943L; // "NBDMAGIC"
    static final long OPTION_MAGIC = 0x49484156454f5054L; // "IHAVEOPT"
    static final long OPTION_REPLY_MAGIC = 0x0003e889045565a9L;
    static final int REQUEST_MAGIC = 0x25609513;
    static final int SIMPLE_REPLY_MAGIC = 0x67446698;
    static final int CHUNK_MAGIC = 0x668e33ef;

    /// Handshake flags, and the client's answer to them.
    static final int FIXED_NEWSTYLE = 1;

    static final int NO_ZEROES = 1 << 1;

    /// Options.
    static final int OPT_EXPORT_NAME = 1;

    static final int OPT_ABORT = 2;
    static final int OPT_LIST = 3;
    static final int OPT_STARTTLS = 5;
    static final int OPT_INFO = 6;
    static final int OPT_GO = 7;
    static final int OPT_STRUCTURED_REPLY = 8;
    static final int OPT_LIST_META_CONTEXT = 9;
    static final int OPT_SET_META_CONTEXT = 10;

    /// Replies to options.
    static final int REP_ACK = 1;

    static final int REP_SERVER = 2;
    static final int REP_INFO = 3;
    static final int REP_META_CONTEXT = 4;
    static final int REP_ERR_UNSUP = 0x80000001;
    static final int REP_ERR_POLICY = 0x80000002;
    static final int REP_ERR_INVALID = 0x80000003;
    static final int REP_ERR_TLS_REQD = 0x80000005;
    static final int REP_ERR_UNKNOWN = 0x80000006;
    static final int REP_ERR_SHUTDOWN = 0x80000007;

    static final int INFO_EXPORT = 0;
    static final int INFO_NAME = 1;
    static final int INFO_DESCRIPTION = 2;
    static final int INFO_BLOCK_SIZE = 3;

    /// Transmission flags.
    static final int HAS_FLAGS = 1;

    static final int SEND_FLUSH = 1 << 2;
    static final int SEND_FUA = 1 << 3;
    static final int SEND_TRIM = 1 << 5;
    static final int SEND_WRITE_ZEROES = 1 << 6;
    static final int SEND_DF = 1 << 7;
    static final int CAN_MULTI_CONN = 1 << 8;
    static final int SEND_CACHE = 1 << 10;
    static final int SEND_FAST_ZERO = 1 << 11;

    /// Command flags.
    static final int FLAG_FUA = 1;

    static final int FLAG_NO_HOLE = 1 << 1;
    static final int FLAG_DF = 1 << 2;
    static final int FLAG_REQ_ONE = 1 << 3;
    static final int FLAG_FAST_ZERO = 1 << 4;

    /// Structured reply chunks.
    static final int CHUNK_DONE = 1;

    static final int CHUNK_OFFSET_DATA = 1;
    static final int CHUNK_OFFSET_HOLE = 2;
    static final int CHUNK_BLOCK_STATUS = 5;
    static final int CHUNK_ERROR = 0x8001;

    /// Ids that this server gives to its metadata contexts.
    static final int CONTEXT_ALLOCATION = 1;

    static final int CONTEXT_DIRTY = 2;
    static final String ALLOCATION_NAME = "base:allocation";
    static final String DIRTY_NAME = "hast:dirty";

    /// What is offered to a client; `DF` needs structured replies.
    static int transmissionFlags(boolean structured) {
        int flags =
                HAS_FLAGS
                        | SEND_FLUSH
                        | SEND_FUA
                        | SEND_TRIM
                        | SEND_WRITE_ZEROES
                        | CAN_MULTI_CONN
                        | SEND_CACHE
                        | SEND_FAST_ZERO;
        return structured ? flags | SEND_DF : flags;
    }

    private Nbd() {}
}
