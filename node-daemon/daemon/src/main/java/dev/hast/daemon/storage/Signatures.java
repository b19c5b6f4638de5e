package dev.hast.daemon.storage;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// Marks by which file systems, volume managers and partition tables are known.
final class Signatures {
    private static final int EXT_MAGIC = 0xef53;
    private static final int MD_MAGIC = 0xa92b4efc;
    private static final int ZFS_UBERBLOCK = 0x00bab10c;
    private static final int EXT_HAS_JOURNAL = 0x4;
    private static final int EXT_EXTENTS_64BIT_FLEX = 0x40 | 0x80 | 0x200;

    /// Those that are one string at one place. The order counts: what says more comes before what
    /// says less.
    private static final List<Simple> SIMPLE =
            List.of(
                    text("an XFS file system", 0, "XFSB"),
                    text("a btrfs file system", 0x10040, "_BHRfS_M"),
                    text("a LUKS encrypted volume", 0, "LUKS\u00ba\u00be"),
                    text("a LUKS encrypted volume (its second header)", 0x4000, "SKUL\u00ba\u00be"),
                    text("swap space", 4086, "SWAPSPACE2"),
                    text("swap space", 8182, "SWAPSPACE2"),
                    text("swap space", 16374, "SWAPSPACE2"),
                    text("swap space", 65526, "SWAPSPACE2"),
                    text("a suspended system's memory image", 4086, "S1SUSPEND"),
                    text("an LVM physical volume", 0, "LABELONE"),
                    text("an LVM physical volume", 512, "LABELONE"),
                    text("an LVM physical volume", 1024, "LABELONE"),
                    text("an LVM physical volume", 1536, "LABELONE"),
                    text("an NTFS file system", 3, "NTFS    "),
                    text("an exFAT file system", 3, "EXFAT   "),
                    text("a FAT file system", 54, "FAT1"),
                    text("a FAT file system", 82, "FAT32"),
                    text("a Ceph BlueStore volume", 0, "bluestore block device"),
                    bytes("a bcache device", 0x1018, "c68573f64e1a45ca8265f57f48ba6d81"),
                    bytes("an F2FS file system", 1024, "1020f5f2"),
                    text("an ISO 9660 file system", 0x8001, "CD001"),
                    text("a GPT partition table", 512, "EFI PART"),
                    text("a GPT partition table", 4096, "EFI PART"),
                    text("a GPT partition table (its backup)", -512, "EFI PART"),
                    text("a GPT partition table (its backup)", -4096, "EFI PART"));

    private Signatures() {}

    /// @param what with its article, as part of a sentence
    /// @param at byte offset of the mark
    record Match(String what, long at) {}

    private record Simple(String what, long offset, byte[] bytes) {}

    static Optional<Match> find(final ProbedContent content) {
        final Optional<Match> ext = ext(content);
        if (ext.isPresent()) {
            return ext;
        }
        final Optional<Match> raid = raid(content);
        if (raid.isPresent()) {
            return raid;
        }
        for (final Simple signature : SIMPLE) {
            if (content.has(signature.offset, signature.bytes)) {
                final long at =
                        signature.offset < 0 ? content.size() + signature.offset : signature.offset;
                return Optional.of(new Match(signature.what, at));
            }
        }
        final Optional<Match> zfs = zfs(content);
        return zfs.isPresent() ? zfs : partitions(content);
    }

    private static Optional<Match> ext(final ProbedContent content) {
        final long superblock = 1024;
        if ((content.intAt(superblock + 56) & 0xffff) != EXT_MAGIC) {
            return Optional.empty();
        }
        final boolean journal = (content.intAt(superblock + 92) & EXT_HAS_JOURNAL) != 0;
        final boolean extents = (content.intAt(superblock + 96) & EXT_EXTENTS_64BIT_FLEX) != 0;
        final String version = extents ? "ext4" : journal ? "ext3" : "ext2";
        return Optional.of(new Match("an " + version + " file system", superblock + 56));
    }

    /// Metadata 1.1 stands at the start, 1.2 at 4096, 1.0 in the last 12 KiB, 0.90 in the last 64
    /// to 128 KiB, each at an aligned place.
    private static Optional<Match> raid(final ProbedContent content) {
        final long last = content.size();
        final long version10 = (last / 512 - 16 & ~7L) * 512;
        final long version090 = (last & ~0xffffL) - 0x10000;
        for (final long at : new long[] {0, 4096, version10, version090}) {
            if (at >= 0 && content.intAt(at) == MD_MAGIC) {
                return Optional.of(new Match("a member of a Linux RAID", at));
            }
        }
        return Optional.empty();
    }

    /// Uberblocks fill the second half of each 256 KiB label; pools with large sectors leave gaps
    /// between them.
    private static Optional<Match> zfs(final ProbedContent content) {
        for (long label = 0; label < 2; label++) {
            for (long slot = 0; slot < 128; slot++) {
                final long at = label * (256 << 10) + (128 << 10) + slot * 1024;
                final int number = content.intAt(at);
                if (number == ZFS_UBERBLOCK || Integer.reverseBytes(number) == ZFS_UBERBLOCK) {
                    return Optional.of(new Match("a member of a ZFS pool", at));
                }
            }
        }
        return Optional.empty();
    }

    /// The two bytes 55 AA alone also end boot sectors of other kinds; whatever it is, somebody
    /// made it.
    private static Optional<Match> partitions(final ProbedContent content) {
        return content.has(510, new byte[] {0x55, (byte) 0xaa})
                ? Optional.of(new Match("a partition table or boot sector", 510))
                : Optional.empty();
    }

    private static Simple text(final String what, final long offset, final String text) {
        return new Simple(what, offset, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Simple bytes(final String what, final long offset, final String hex) {
        return new Simple(what, offset, HexFormat.of().parseHex(hex));
    }
}
