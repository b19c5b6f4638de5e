package dev.hast.daemon.export;

/// A snapshot of an export; the values are each right, but need not be of the same instant.
///
/// @param connections open connections, in handshake or transmission
/// @param requests requests in flight
/// @param bytes payload bytes held by requests in flight and by replies not yet sent
/// @param generation the attachment generation
public record ExportLoad(int connections, int requests, long bytes, long generation) {}
