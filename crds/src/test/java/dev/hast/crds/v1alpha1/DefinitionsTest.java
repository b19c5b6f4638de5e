package dev.hast.crds.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/// The checked-in definitions are those that the types make. `-Dgolden.write=true` writes them
/// anew; read the difference before it is committed.
final class DefinitionsTest {

    @Test
    void theCheckedInDefinitionsAreMadeOfTheTypes() throws IOException {
        final var made = Definitions.made();
        assertThat(made).hasSize(Definitions.TYPES.size());
        for (var file : made.entrySet()) {
            if (Boolean.getBoolean("golden.write")) {
                Files.writeString(Definitions.DIRECTORY.resolve(file.getKey()), file.getValue());
            }
            assertThat(Definitions.checkedIn(file.getKey()))
                    .as("%s; -Dgolden.write=true writes it anew", file.getKey())
                    .isEqualTo(file.getValue());
        }
    }
}
