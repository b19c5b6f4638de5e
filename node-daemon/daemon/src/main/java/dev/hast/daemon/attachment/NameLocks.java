package dev.hast.daemon.attachment;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/// One lock per resource name, never forgotten: names are few.
final class NameLocks {
    private final ConcurrentMap<String, ReentrantLock> locks = new ConcurrentHashMap<>();

    /// Held until the returned object is closed.
    Held lock(final String name) {
        final ReentrantLock lock = locks.computeIfAbsent(name, any -> new ReentrantLock());
        lock.lock();
        return lock::unlock;
    }

    @FunctionalInterface
    interface Held extends AutoCloseable {
        @Override
        void close();
    }
}
