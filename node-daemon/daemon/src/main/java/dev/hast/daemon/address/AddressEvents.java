package dev.hast.daemon.address;

/// Hears what happens to service addresses. Called on the loop; must not block.
public interface AddressEvents {

    /// A group changed its state.
    ///
    /// @param from in the words of CARP
    /// @param cause in words
    void transition(String group, String from, String to, String cause);

    /// Something else that a person should know.
    void notice(String group, String text);

    /// What is seen of a group has changed.
    void changed();
}
