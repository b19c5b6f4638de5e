package dev.hast.daemon.attachment;

/// The logical block size of a device.
final class BlockSizes {
    private static final int LARGE = 4096;
    private static final int SMALL = 512;

    private BlockSizes() {}

    /// 4096, so that nothing smaller is ever written and no replica has to read before it writes;
    /// 512 for a volume whose size is no multiple of 4096. The same on every node and for both ways
    /// of attaching, because XFS refuses to mount on a device with larger blocks than it was made
    /// on.
    static int logical(final long size) {
        return size % LARGE == 0 ? LARGE : SMALL;
    }
}
