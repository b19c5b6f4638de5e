package dev.hast.daemon.control;

import dev.hast.control.v1.VirtualIpOrderRequest.Order;
import dev.hast.control.v1.VirtualIpStatus;
import java.util.List;

/// What the control API can ask of a daemon about its service addresses. Called as [ControlTarget]
/// is.
public interface VirtualIpTarget {

    /// The address groups of this node, in the order of the documents.
    ///
    /// @param names which; all when empty
    /// @throws ControlException NOT_FOUND when one of the names is no group of this node
    List<VirtualIpStatus> status(List<String> names) throws ControlException;

    /// Gives an administrator's order to a group on this node.
    ///
    /// @return what was done, for the person who asked
    String order(String name, Order order) throws ControlException, InterruptedException;
}
