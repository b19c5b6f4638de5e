package dev.hast.core.address;

/// Why a state changed; [#text] in the words of FreeBSD where it has some.
public enum TransitionReason {
    INITIALIZED("initialization complete"),
    LINK_DOWN("hardware interface down"),
    LINK_UP("hardware interface up"),
    MASTER_TIMED_OUT("master timed out"),
    MASTER_WILL_TIME_OUT("master will time out"),
    MASTER_LEFT("master left"),
    PREEMPTING("preempting a slower master"),
    ENTITLED("resources became primary here"),
    CLAIM_STANDS("nobody better answered"),
    BETTER_ADVERT("more frequent advertisement received"),
    NOT_RELEASED("the holder does not release"),
    LATE_LOOP("the loop woke late"),
    SEND_FAILED("adverts could not be sent"),
    GUARD_REFUSED("the guard could not be renewed"),
    ENTITLEMENT_LOST("resources are no longer primary here"),
    HAND_OVER("handed over"),
    PROMOTION_FAILED("promotion failed"),
    YIELD_DONE("all taken down"),
    YIELD_FAILED("taking down failed"),
    ADMINISTRATOR("user requested"),
    STOPPED("stopped");

    private final String text;

    TransitionReason(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }
}
