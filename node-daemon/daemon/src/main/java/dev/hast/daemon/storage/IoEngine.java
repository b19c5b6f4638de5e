package dev.hast.daemon.storage;

/// Carries one step of a request to the kernel and brings back its result. Called on the provider's
/// event loop.
interface IoEngine {
    /// Told of the end of each step, on the event loop and never inside [IoEngine#submit].
    @FunctionalInterface
    interface StepSink {
        /// @param result what the kernel said: bytes, 0, or negative errno
        void stepped(IoRequest request, int result);
    }

    /// Carries out `step*` of the request. False if the engine has been taken down with its event
    /// loop, and nothing was started.
    boolean submit(IoRequest request);

    /// Name for logs and status.
    String name();

    /// Lets go of what it holds. Nothing is in flight any more.
    void close();
}
