package dev.hast.daemon.address;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hast.core.address.AddressList;
import dev.hast.core.address.ElectionSettings;
import dev.hast.core.address.IpAddress;
import dev.hast.core.address.Keyring;
import dev.hast.core.address.Password;
import dev.hast.core.address.ReaderSettings;
import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.document.VirtualIpDocument.Strict;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a document means to the core's election, reader and writer. Reads the files of passwords
/// and keys.
///
/// @param own addresses of this node on the interface
record GroupSettings(
        VirtualIpDocument document,
        String node,
        AddressList addresses,
        Password password,
        Keyring keys,
        List<InetAddress> own) {

    private static final Duration PROMOTION_MAX = Duration.ofSeconds(60);
    private static final Duration YIELD_MAX = Duration.ofSeconds(60);
    private static final Duration KERNEL_LATENESS = Duration.ofMillis(30);

    GroupSettings {
        own = List.copyOf(own);
    }

    /// @throws AddressException with what is wrong with a file, and the mend
    static GroupSettings of(VirtualIpDocument document, String node, List<InetAddress> own)
            throws AddressException {
        final Path passwordFile = document.authentication().passwordFile();
        final String text = firstLine(passwordFile, "passwordFile");
        final int length = text.getBytes(UTF_8).length;
        if (length == 0 || length > Password.BYTES_MAX) {
            throw new AddressException(
                    "passwordFile: the first line of %s has %d bytes; a CARP password has 1 to %d"
                            .formatted(passwordFile, length, Password.BYTES_MAX));
        }
        final Password password = new Password(text);
        final Keyring keys =
                document.authentication().strict().isPresent()
                        ? keyring(document.authentication().strict().get())
                        : Keyring.of(password);
        return new GroupSettings(
                document, node, new AddressList(ips(document.addresses())), password, keys, own);
    }

    private static Keyring keyring(Strict strict) throws AddressException {
        final List<Keyring.Key> keys = new ArrayList<>();
        for (VirtualIpDocument.Key key : strict.keys()) {
            final byte[] bytes = firstLine(key.file(), "keys").getBytes(UTF_8);
            if (bytes.length < Keyring.Key.BYTES_MIN || bytes.length > Keyring.Key.BYTES_MAX) {
                throw new AddressException(
                        "keys: the first line of %s has %d bytes; a key has %d to %d"
                                .formatted(
                                        key.file(),
                                        bytes.length,
                                        Keyring.Key.BYTES_MIN,
                                        Keyring.Key.BYTES_MAX));
            }
            keys.add(new Keyring.Key(key.id(), bytes));
        }
        return new Keyring(strict.sendKey(), keys);
    }

    private static String firstLine(Path file, String field) throws AddressException {
        try {
            return Files.readString(file).lines().findFirst().orElse("");
        } catch (IOException e) {
            throw new AddressException(
                    "%s: %s can't be read: %s; check the path and its permissions"
                            .formatted(field, file, e.getMessage()),
                    e);
        }
    }

    static IpAddress ip(InetAddress address) {
        return IpAddress.of(address.getAddress());
    }

    private static List<IpAddress> ips(List<InetAddress> addresses) {
        return addresses.stream().map(GroupSettings::ip).toList();
    }

    /// The number of a node in adverts.
    static long senderOf(String node) {
        try {
            final byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(("hast " + node).getBytes(UTF_8));
            return ByteBuffer.wrap(digest).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// The same with other addresses of this node on the interface.
    GroupSettings withOwn(List<InetAddress> addresses) {
        return new GroupSettings(document, node, this.addresses, password, keys, addresses);
    }

    /// Whether a group that runs can take these over as it is, without giving its addresses up.
    boolean fitsInPlace(GroupSettings next) {
        final VirtualIpDocument then = next.document;
        return document.addresses().equals(then.addresses())
                && document.deviceOn(node).equals(then.deviceOn(node))
                && document.link().virtualMac() == then.link().virtualMac()
                && document.election().vhid() == then.election().vhid()
                && document.authentication().strict().isPresent()
                        == then.authentication().strict().isPresent()
                && document.follows().equals(then.follows())
                && password.equals(next.password);
    }

    int advskew() {
        return document.holder(node).map(VirtualIpDocument.Holder::advskew).orElse(0);
    }

    ElectionSettings election() {
        final var election = document.election();
        return new ElectionSettings(
                election.vhid(),
                election.advbase(),
                advskew(),
                election.interval().map(Duration::toNanos).orElse(0L),
                election.preempt(),
                election.preemptDelay().toNanos(),
                !document.follows().isEmpty(),
                true,
                PROMOTION_MAX.toNanos(),
                YIELD_MAX.toNanos(),
                KERNEL_LATENESS.toNanos(),
                senderOf(node),
                ips(own));
    }

    ReaderSettings reader() {
        return new ReaderSettings(
                document.election().vhid(),
                addresses,
                password,
                keys,
                document.authentication().strict().isPresent(),
                false,
                senderOf(node),
                ips(own));
    }
}
