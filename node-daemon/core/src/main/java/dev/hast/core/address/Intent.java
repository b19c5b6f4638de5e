package dev.hast.core.address;

/// What the sender of an advert means by it.
public enum Intent {
    /// Its guard is open with this advert.
    HOLD(1),
    /// It wants to hold; its guard is closed.
    CLAIM(2),
    /// Its guard is closed, and it wants nothing.
    RELEASE(3);

    private final int code;

    Intent(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
