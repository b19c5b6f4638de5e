package dev.hast.core.replication;

/// The one answer to an administrator's order, given when it is done or refused. A refusal's
/// message says what, where and what to do.
@FunctionalInterface
public interface AdminAnswer {

    void answered(boolean accepted, String message);
}
