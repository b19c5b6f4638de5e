package dev.hast.daemon.address;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// The resources of this node, as far as addresses follow them. Any thread.
public interface Storage {

    /// How a resource stands, as of some ten milliseconds ago.
    ///
    /// @param here whether there is a replica on this node that runs
    /// @param primary the node that is primary; absent: nobody, or unknown
    /// @param primaryHere this node is primary, and serves
    /// @param epoch of the configuration
    /// @param servingUntil how long this node may serve, in [System#nanoTime]; in the past when it
    ///   may not, [Long#MAX_VALUE] without an end
    /// @param promotable this node has every acknowledged write
    /// @param successors nodes that could take it over from here now
    record Standing(
            boolean here,
            Optional<String> primary,
            boolean primaryHere,
            long epoch,
            long servingUntil,
            boolean promotable,
            List<String> successors) {

        public static final Standing NONE =
                new Standing(false, Optional.empty(), false, 0, 0, false, List.of());

        public Standing {
            successors = List.copyOf(successors);
        }
    }

    Standing standing(String resource);

    /// Makes this node primary, if nobody is.
    CompletableFuture<String> promote(String resource);

    /// Gives a resource from this node to another. Refused while the device is in use.
    CompletableFuture<String> handOver(String resource, String to);

    /// Tells the addresses of every other node with a replica of it something; who is away does not
    /// hear of it.
    ///
    /// @param note at most 60 KiB
    void tell(String resource, String topic, byte[] note);

    /// What was told last from another node, once.
    Optional<byte[]> told(String resource, String topic);

    /// The device of a resource that is primary here, when it is there.
    Optional<Path> device(String resource);
}
