package dev.hast.ctl;

import dev.hast.control.v1.Progress;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.WatchStatusRequest;
import dev.hast.ctl.output.Bar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Follows something that ends: bars that are redrawn at a terminal, a line for each tenth
/// elsewhere.
final class Follow {

    /// What there is to show of one status, and whether it has ended.
    ///
    /// @param bars by label; what is done has none
    /// @param result what it came to, when it has ended
    record View(Map<String, Progress> bars, Optional<String> result) {}

    private static final int INTERVAL_MS = 500;

    private final Session session;
    private final Map<String, Long> tenths = new LinkedHashMap<>();
    private int drawn;

    Follow(Session session) {
        this.session = session;
    }

    /// Watches a resource until the view says that it has ended.
    ///
    /// @return the result, or empty when the daemon ended the stream
    Optional<String> run(String name, Function<ResourceStatus, View> look) throws CommandFailure {
        var updates =
                session.stream()
                        .watchStatus(
                                WatchStatusRequest.newBuilder()
                                        .addNames(name)
                                        .setIntervalMs(INTERVAL_MS)
                                        .build());
        while (updates.hasNext()) {
            var update = updates.next();
            if (update.getRemovedList().contains(name)) {
                throw new CommandFailure(ExitCode.NOT_FOUND, name + " is gone from the documents");
            }
            for (var status : update.getChangedList()) {
                var view = look.apply(status);
                show(view.bars());
                if (view.result().isPresent()) {
                    return view.result();
                }
            }
        }
        return Optional.empty();
    }

    private void show(Map<String, Progress> bars) {
        int width = bars.keySet().stream().mapToInt(String::length).max().orElse(0);
        var lines =
                bars.entrySet().stream()
                        .map(e ->
                                Map.entry(
                                        e.getKey(),
                                        Bar.text(padded(e.getKey(), width), e.getValue())))
                        .toList();
        if (session.console().interactive()) {
            draw(lines.stream().map(Map.Entry::getValue).toList());
            return;
        }
        for (var line : lines) {
            var progress = bars.getOrDefault(line.getKey(), Progress.getDefaultInstance());
            long tenth =
                    progress.getTotalBytes() == 0
                            ? 0
                            : 10 * progress.getDoneBytes() / progress.getTotalBytes();
            if (!Long.valueOf(tenth).equals(tenths.put(line.getKey(), tenth))) {
                session.note(line.getValue());
            }
        }
    }

    private void draw(List<String> lines) {
        var out = new StringBuilder(Screen.up(drawn)).append(Screen.CLEAR_BELOW);
        lines.forEach(line -> out.append(line).append('\n'));
        drawn = lines.size();
        session.console().err().print(out);
        session.console().err().flush();
    }

    private static String padded(String label, int width) {
        return label + " ".repeat(width - label.length());
    }
}
