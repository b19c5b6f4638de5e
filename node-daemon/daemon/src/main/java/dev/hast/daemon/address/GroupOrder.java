package dev.hast.daemon.address;

/// What an administrator can want of a group on one node.
public enum GroupOrder {
    PROMOTE("it claims the addresses now, over any advskew"),
    DEMOTE("it gives the addresses up to whoever can have them; `hastctl vip release` ends that"),
    HOLD("it takes no part until `hastctl vip release`"),
    RELEASE("it takes part again");

    private final String done;

    GroupOrder(String done) {
        this.done = done;
    }

    String done() {
        return done;
    }
}
