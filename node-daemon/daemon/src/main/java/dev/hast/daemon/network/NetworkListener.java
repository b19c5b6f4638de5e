package dev.hast.daemon.network;

/// What happens to the interfaces and addresses of this node, whoever did it.
///
/// Called on the executor that [NetworkWatch] was given, in the order of the kernel.
public interface NetworkListener {

    /// An interface is new, or has changed.
    void interfaceChanged(InterfaceState state);

    /// An interface is gone, with all addresses on it.
    void interfaceRemoved(InterfaceState last);

    /// An address is new, or its lifetime has changed.
    void addressAdded(InterfaceAddress address);

    /// An address is gone: removed by someone, or expired.
    void addressRemoved(InterfaceAddress address);

    /// News has been lost: read everything again.
    void newsLost();
}
