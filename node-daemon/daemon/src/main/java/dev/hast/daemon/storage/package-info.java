/// Providers: the disks, partitions, logical volumes and files that hold replicas, opened, locked
/// and driven from an event loop.
///
/// [dev.hast.daemon.storage.Provider] is the port; [dev.hast.daemon.storage.LocalProvider] opens
/// one on this machine, over io_uring or a few threads; [dev.hast.daemon.storage.BlockBuffers] is
/// the memory that its I/O needs; [dev.hast.daemon.storage.ProviderInspection] says what stands on
/// a device before anything is written to it.
///
/// May depend on: `posix`, Netty's buffers and event loops, SLF4J. Knows nothing of replication,
/// exports or documents.
@NullMarked
package dev.hast.daemon.storage;

import org.jspecify.annotations.NullMarked;
