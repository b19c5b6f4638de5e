package dev.hast.ctl.output;

import dev.hast.control.v1.Progress;
import java.util.Locale;

/// One line that shows how far something has come: `[######------] 43.0 % 4.30 GiB of 10.0 GiB 112
/// MiB/s 52s left`.
public final class Bar {

    private static final int WIDTH = 28;

    private Bar() {}

    public static String text(String label, Progress progress) {
        long done = progress.getDoneBytes();
        long total = progress.getTotalBytes();
        int filled =
                total <= 0 ? 0 : Math.clamp(Math.round((double) WIDTH * done / total), 0, WIDTH);
        if (done < total && filled == WIDTH) {
            filled--;
        }
        var bar = new StringBuilder().repeat('#', filled).repeat('-', WIDTH - filled);
        var rate =
                progress.getBytesPerSecond() == 0 ? "" : Words.rate(progress.getBytesPerSecond());
        var tail = progress.getPaused() ? "paused" : rate + StatusView.left(progress, "  ");
        return String.format(
                        Locale.ROOT,
                        "%s  [%s]  %7s  %s of %s  %s",
                        label,
                        bar,
                        Words.percent(done, total),
                        Words.bytes(done),
                        Words.bytes(total),
                        tail)
                .stripTrailing();
    }
}
