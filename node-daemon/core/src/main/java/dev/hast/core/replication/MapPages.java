package dev.hast.core.replication;

import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.metadata.MapPage;
import dev.hast.core.metadata.MetadataLayout;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.volume.ExtentMap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// The pages of the activity log and of the dirty maps: what is changed in memory goes to disk from
/// here.
///
/// In memory a map may run ahead of the disk; `durable` is what the disk is sure to hold. A page
/// has one write on its way at a time.
final class MapPages {

    private final long formatId;
    private final MetadataLayout layout;
    private final Effects effects;
    private final Completions completions;
    private final Runnable written;
    private final Consumer<String> failed;

    private final List<ExtentMap> maps;
    private final List<ExtentMap> durable = new ArrayList<>();
    private final boolean[][] pageChanged;
    private final boolean[][] pageBusy;
    private final List<Runnable> whenWritten = new ArrayList<>();
    private int pagesUnsettled;
    private boolean closed;
    private long updates;

    /// @param written called when a page is on disk, before those of [#whenDurable]
    MapPages(
            StoredReplica stored,
            Effects effects,
            Completions completions,
            Runnable written,
            Consumer<String> failed) {
        this.formatId = stored.superblock().formatId();
        this.layout = stored.superblock().layout();
        this.effects = effects;
        this.completions = completions;
        this.written = written;
        this.failed = failed;
        this.maps = stored.maps();
        for (ExtentMap map : maps) {
            final ExtentMap copy = new ExtentMap(map.extents());
            copy.addAll(map.toWords());
            durable.add(copy);
        }
        pageChanged = new boolean[MetadataLayout.MAPS][layout.mapPages()];
        pageBusy = new boolean[MetadataLayout.MAPS][layout.mapPages()];
    }

    ExtentMap log() {
        return maps.get(MetadataLayout.ACTIVITY_LOG);
    }

    ExtentMap dirty(int slot) {
        return maps.get(MetadataLayout.dirtyMap(slot));
    }

    int extentsMax() {
        return layout.extentsMax();
    }

    /// How often a page of the activity log was written.
    long updates() {
        return updates;
    }

    void close() {
        closed = true;
        whenWritten.clear();
    }

    /// Runs `then` when all maps are on disk as they are in memory now, or later.
    void whenDurable(Runnable then) {
        writePages();
        if (pagesUnsettled == 0) {
            then.run();
        } else {
            whenWritten.add(then);
        }
    }

    /// Whether the disk is sure to hold these extents in the log and in the dirty maps of `absent`.
    boolean isDurable(int first, int last, ReplicaSet absent) {
        for (int extent = first; extent <= last; extent++) {
            if (!durable.get(MetadataLayout.ACTIVITY_LOG).get(extent)) {
                return false;
            }
            for (int slot = 0; slot < ReplicaSet.SLOTS; slot++) {
                if (absent.contains(slot)
                        && !durable.get(MetadataLayout.dirtyMap(slot)).get(extent)) {
                    return false;
                }
            }
        }
        return true;
    }

    /// A bit of the map in memory is another than before.
    void changed(int map, int extent) {
        final int page = extent / MapPage.EXTENTS;
        if (!pageChanged[map][page]) {
            pageChanged[map][page] = true;
            pagesUnsettled += pageBusy[map][page] ? 0 : 1;
        }
    }

    void changedAll(int map) {
        for (int page = 0; page < layout.mapPages(); page++) {
            changed(map, page * MapPage.EXTENTS);
        }
    }

    /// Writes every changed page that has no write on its way.
    void writePages() {
        if (pagesUnsettled == 0 || closed) {
            return;
        }
        for (int map = 0; map < MetadataLayout.MAPS; map++) {
            for (int page = 0; page < layout.mapPages(); page++) {
                if (pageChanged[map][page] && !pageBusy[map][page]) {
                    writePage(map, page);
                }
            }
        }
    }

    private void writePage(int map, int page) {
        pageChanged[map][page] = false;
        pageBusy[map][page] = true;
        updates += map == MetadataLayout.ACTIVITY_LOG ? 1 : 0;
        final long[] words = new long[MapPage.WORDS];
        maps.get(map).copyTo(words, page * MapPage.WORDS, MapPage.WORDS);
        // Bits that this write takes away are not on disk from now on.
        setDurable(map, page, words, false);
        effects.persist(
                completions.io(result -> pageWritten(map, page, words, result)),
                layout.page(map, page),
                MapPage.encode(formatId, map, page, words));
    }

    private void pageWritten(int map, int page, long[] words, int result) {
        pageBusy[map][page] = false;
        if (!pageChanged[map][page]) {
            pagesUnsettled--;
        }
        if (result < 0) {
            failed.accept(
                    "metadata page of map %d could not be written, errno %d"
                            .formatted(map, -result));
            return;
        }
        setDurable(map, page, words, true);
        writePages();
        written.run();
        if (pagesUnsettled == 0 && !whenWritten.isEmpty()) {
            final List<Runnable> actions = List.copyOf(whenWritten);
            whenWritten.clear();
            actions.forEach(Runnable::run);
        }
    }

    private void setDurable(int map, int page, long[] words, boolean written) {
        durable.get(map).assign(page * MapPage.WORDS, words, written);
    }
}
