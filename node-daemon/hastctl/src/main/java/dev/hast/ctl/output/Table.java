package dev.hast.ctl.output;

import java.util.ArrayList;
import java.util.List;

/// Columns of text, as wide as their widest cell and two blanks apart. A column may be set flush
/// right.
public final class Table {

    private final List<List<String>> rows = new ArrayList<>();
    private final List<Integer> flushRight;

    /// @param flushRight columns of numbers, from 0
    public Table(List<Integer> flushRight, String... header) {
        this.flushRight = List.copyOf(flushRight);
        rows.add(List.of(header));
    }

    public void row(String... cells) {
        if (cells.length != rows.getFirst().size()) {
            throw new IllegalArgumentException(
                    cells.length + " cells in a row of " + rows.getFirst().size());
        }
        rows.add(List.of(cells));
    }

    /// The lines, each ended, without blanks at their ends.
    public String text() {
        int columns = rows.getFirst().size();
        var widths = new int[columns];
        for (var row : rows) {
            for (int c = 0; c < columns; c++) {
                widths[c] = Math.max(widths[c], row.get(c).length());
            }
        }
        var out = new StringBuilder();
        for (var row : rows) {
            var line = new StringBuilder();
            for (int c = 0; c < columns; c++) {
                int pad = widths[c] - row.get(c).length();
                boolean right = flushRight.contains(c);
                line.repeat(' ', right ? pad : 0)
                        .append(row.get(c))
                        .repeat(' ', (right ? 0 : pad) + 2);
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }
}
