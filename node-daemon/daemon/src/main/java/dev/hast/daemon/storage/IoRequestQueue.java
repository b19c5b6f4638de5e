package dev.hast.daemon.storage;

import org.jspecify.annotations.Nullable;

/// First in, first out, linked through the requests themselves. Not thread-safe.
final class IoRequestQueue {
    private @Nullable IoRequest head;
    private @Nullable IoRequest tail;
    private int size;

    void add(final IoRequest request) {
        request.next = null;
        final IoRequest last = tail;
        if (last == null) {
            head = request;
        } else {
            last.next = request;
        }
        tail = request;
        size++;
    }

    @Nullable IoRequest poll() {
        final IoRequest first = head;
        if (first == null) {
            return null;
        }
        head = first.next;
        if (head == null) {
            tail = null;
        }
        first.next = null;
        size--;
        return first;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return head == null;
    }
}
