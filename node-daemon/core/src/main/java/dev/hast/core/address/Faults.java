package dev.hast.core.address;

/// Which deliberate faults are switched on: none, but in tests.
@FunctionalInterface
public interface Faults {

    Faults NONE = bug -> false;

    boolean has(ElectionBug bug);
}
