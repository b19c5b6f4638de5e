package dev.hast.daemon.attachment;

import java.nio.file.Path;

/// A device that is ready for use.
///
/// @param link the published name, such as `/dev/hast/demo`
/// @param device what it points to, such as `/dev/nbd0`
/// @param size in bytes
/// @param adopted whether it was there before, made by an earlier daemon
public record AttachedDevice(Path link, Path device, long size, boolean adopted) {}
