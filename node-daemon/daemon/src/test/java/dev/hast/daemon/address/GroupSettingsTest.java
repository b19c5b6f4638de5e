package dev.hast.daemon.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.document.VirtualIpDocument.Key;
import dev.hast.daemon.document.VirtualIpDocument.Strict;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GroupSettingsTest {

    @TempDir private Path directory;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private static GroupSettings of(VirtualIpDocument document) throws AddressException {
        return GroupSettings.of(document, "a", List.of(InetAddress.ofLiteral("192.0.2.1")));
    }

    private GroupDocuments with(String password) throws IOException {
        return GroupDocuments.group().password(file("password", password));
    }

    @Test
    void thePasswordIsTheFirstLine() throws Exception {
        assertThat(of(with("secret\nnot this\n").made()).fitsInPlace(of(with("secret").made())))
                .isTrue();
    }

    @Test
    void aPasswordThatIsTooLongOrEmptyNamesFileLengthAndLimit() throws Exception {
        for (final String password : List.of("", "x".repeat(20), "ß".repeat(10))) {
            final VirtualIpDocument document = with(password).made();
            assertThatThrownBy(() -> of(document))
                    .isInstanceOf(AddressException.class)
                    .hasMessage(
                            "passwordFile: the first line of %s has %d bytes; a CARP password has 1 to 19"
                                    .formatted(
                                            directory.resolve("password"),
                                            password.isEmpty() ? 0 : 20));
        }
    }

    @Test
    void aFileThatCannotBeReadIsNamedWithWhatToDo() {
        final Path missing = directory.resolve("missing");
        assertThatThrownBy(() -> of(GroupDocuments.group().password(missing).made()))
                .hasMessageContaining("passwordFile: " + missing + " can't be read")
                .hasMessageContaining("check the path and its permissions");
    }

    @Test
    void aKeyThatIsTooShortNamesItsFile() throws Exception {
        final Path key = file("key", "fifteen bytes..");
        final VirtualIpDocument document =
                with("secret").strict(new Strict(List.of(new Key(1, key)), 1)).made();
        assertThatThrownBy(() -> of(document))
                .hasMessage(
                        "keys: the first line of %s has 15 bytes; a key has 16 to 64"
                                .formatted(key));
    }

    @Test
    void keysAndSkewFitInPlaceAndPasswordAddressesAndFollowsDoNot() throws Exception {
        final Strict one = new Strict(List.of(new Key(1, file("k1", "0123456789abcdef"))), 1);
        final Strict two =
                new Strict(
                        List.of(
                                new Key(1, directory.resolve("k1")),
                                new Key(2, file("k2", "fedcba9876543210"))),
                        2);
        final GroupSettings before = of(with("secret").strict(one).made());
        assertThat(before.fitsInPlace(of(with("secret").strict(two).made()))).isTrue();
        assertThat(before.fitsInPlace(of(with("secret").strict(one).advskew(50).made()))).isTrue();
        assertThat(before.fitsInPlace(of(with("secret").made()))).as("authentication").isFalse();
        assertThat(before.fitsInPlace(of(with("other").strict(one).made()))).isFalse();
        assertThat(before.fitsInPlace(of(with("secret").strict(one).follows("r").made())))
                .isFalse();
        assertThat(
                        before.fitsInPlace(
                                of(with("secret").strict(one).addresses("192.0.2.11").made())))
                .isFalse();
        assertThat(before.fitsInPlace(of(with("secret").strict(one).device("eth1").made())))
                .isFalse();
    }

    @Test
    void nodesHaveDifferentNumbersThatStayTheSame() {
        assertThat(GroupSettings.senderOf("a")).isEqualTo(GroupSettings.senderOf("a"));
        assertThat(GroupSettings.senderOf("a")).isNotEqualTo(GroupSettings.senderOf("b"));
    }
}
