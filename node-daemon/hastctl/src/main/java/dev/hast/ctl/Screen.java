package dev.hast.ctl;

/// Control sequences of terminals.
final class Screen {

    /// Clears the screen and goes to its top.
    static final String CLEAR = "\033[H\033[2J";

    /// Clears from the cursor to the end of the screen.
    static final String CLEAR_BELOW = "\033[J";

    private Screen() {}

    /// Goes up to draw some lines anew.
    static String up(int lines) {
        return lines == 0 ? "" : "\033[" + lines + "A";
    }
}
