package dev.hast.daemon.address;

/// A group of addresses cannot do what was asked; the message is for the person who asked, and says
/// what to do.
public final class AddressException extends Exception {

    private static final long serialVersionUID = 1L;

    public AddressException(String message) {
        super(message);
    }

    public AddressException(String message, Throwable cause) {
        super(message, cause);
    }
}
