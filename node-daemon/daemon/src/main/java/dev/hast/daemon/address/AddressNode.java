package dev.hast.daemon.address;

import dev.hast.daemon.guard.AddressGuard;
import dev.hast.daemon.network.HeldAddresses;
import dev.hast.daemon.network.Interfaces;
import dev.hast.daemon.network.NamespaceLock;
import dev.hast.daemon.network.SocketPoller;
import dev.hast.daemon.network.VirtualInterfaces;
import java.nio.file.Path;
import java.util.concurrent.Executor;

/// What the address groups of a node share.
///
/// @param name of this node
/// @param loop owns everything of the groups
/// @param blocking runs what may block, one thread a task
/// @param state directory for what has to outlive the daemon
/// @param events hear of transitions
record AddressNode(
        String name,
        AddressLoop loop,
        Executor blocking,
        SocketPoller poller,
        Interfaces interfaces,
        VirtualInterfaces virtual,
        HeldAddresses held,
        AddressGuard guard,
        NamespaceLock sole,
        Storage storage,
        Path state,
        AddressEvents events) {}
