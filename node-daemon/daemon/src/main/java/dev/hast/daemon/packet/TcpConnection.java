package dev.hast.daemon.packet;

import java.net.InetAddress;

/// An established TCP connection between a client and a service address.
public record TcpConnection(InetAddress local, int localPort, InetAddress remote, int remotePort) {}
