package dev.hast.ctl;

/// Starts hastctl.
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(HastCtl.run(Console.ofProcess(), arguments));
    }
}
