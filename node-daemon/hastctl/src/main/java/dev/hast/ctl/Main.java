package dev.hast.ctl;

/// Starts hastctl.
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        // hastd's logging lies in the same directory of libraries; an answer must not begin with
        // it.
        System.setProperty("slf4j.provider", "org.slf4j.nop.NOPServiceProvider");
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        System.exit(HastCtl.run(Console.ofProcess(), arguments));
    }
}
