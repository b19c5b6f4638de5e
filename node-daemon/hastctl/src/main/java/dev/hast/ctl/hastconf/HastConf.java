package dev.hast.ctl.hastconf;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A `hast.conf` as it is written, before inheritance. Each setting knows its line.
///
/// @param global settings outside of every block
/// @param nodes the `on` blocks outside of resources
/// @param resources in the order of the file
record HastConf(Section global, List<NodeSection> nodes, List<Resource> resources) {

    /// Words that may stand in a section, with one value each.
    enum Keyword {
        CONTROL,
        PIDFILE,
        LISTEN,
        REPLICATION,
        CHECKSUM,
        COMPRESSION,
        TIMEOUT,
        EXEC,
        METAFLUSH,
        NAME,
        LOCAL,
        REMOTE,
        SOURCE
    }

    /// A value and where it stands.
    record Setting(String value, int line) {}

    /// Settings of one block, `listen` as often as it is written, the others once.
    record Section(Map<Keyword, List<Setting>> settings) {

        Optional<Setting> get(Keyword keyword) {
            return all(keyword).stream().findFirst();
        }

        List<Setting> all(Keyword keyword) {
            return settings.getOrDefault(keyword, List.of());
        }
    }

    /// An `on NODE { ... }` block.
    record NodeSection(String node, int line, Section section) {}

    /// A `resource NAME { ... }` block.
    record Resource(String name, int line, Section section, List<NodeSection> nodes) {}
}
