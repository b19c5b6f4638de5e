package dev.hast.core.address;

/// Why an advert was refused, one cause each, in the order in which they are looked for.
public enum AdvertRefusal {
    LENGTH("not the length of an advert"),
    VRRP("a VRRP router speaks here; if it uses this id, choose another vhid"),
    CHECKSUM("the checksum is wrong"),
    VHID("it belongs to another group"),
    VERSION("neither CARP version 2 nor VRRP"),
    TTL("TTL or hop limit is not 255: it was routed, or made up"),
    OWN("this node's own advert came back"),
    UNSIGNED(
            "no trailer, and authentication is strict: a plain CARP machine, or a node with `carp`"),
    UNKNOWN_KEY("signed with a key that is not accepted here; accept it before it is sent"),
    SIGNATURE("the trailer's signature is wrong: another key under this id, or tampered with"),
    MALFORMED("signed, but not as this version does; look at the sender's version"),
    ADDRESS_LIST("the sender has other addresses in this group; give all nodes the same list"),
    DIGEST("the digest is wrong: another password or another address list"),
    DUPLICATE("the same advert by another way"),
    REPLAY("an old advert again");

    private final String meaning;

    AdvertRefusal(String meaning) {
        this.meaning = meaning;
    }

    /// For a person: what it means, and what mends it.
    public String meaning() {
        return meaning;
    }
}
