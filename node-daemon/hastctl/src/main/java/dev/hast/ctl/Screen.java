package dev.hast.ctl;

/// Control sequences of terminals.
final class Screen {

    /// Clears the screen and goes to its top.
    static final String CLEAR = "\033[H\033[2J";

    private Screen() {}

    /// Goes up to draw some lines anew.
    static String up(int lines) {
        return lines == 0 ? "" : "\033[" + lines + "A";
    }

    /// Ends a line, without what stood behind it before.
    static String endLine() {
        return "\033[K\n";
    }
}
