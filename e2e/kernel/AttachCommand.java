import dev.hast.daemon.attachment.AttachedDevice;
import dev.hast.daemon.attachment.Attachment;
import dev.hast.daemon.attachment.AttachmentException;
import dev.hast.daemon.attachment.AttachmentRequest;
import dev.hast.daemon.attachment.AttachmentSettings;
import dev.hast.daemon.attachment.AttachmentStatus;
import dev.hast.daemon.attachment.Attachments;
import dev.hast.daemon.attachment.DetachMode;
import dev.hast.daemon.attachment.ExportAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;

/// The daemon's attachment alone, driven by lines on standard input: what hastd does with it, without
/// the rest of hastd, so that a test can kill either side of the link.
///
/// Each command is answered by one line, `ok MILLISECONDS ...` or `error MILLISECONDS ...`.
public final class AttachCommand {
    private AttachmentSettings settings;
    private Attachment attachment;

    private AttachCommand(final AttachmentSettings settings) throws AttachmentException {
        this.settings = settings;
        this.attachment = Attachments.open(settings);
    }

    /// Arguments: device directory, run directory.
    public static void main(final String[] arguments) throws IOException {
        final AttachCommand runner =
                new AttachCommand(
                        AttachmentSettings.defaults()
                                .withDirectories(Path.of(arguments[0]), Path.of(arguments[1])));
        final BufferedReader commands =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            runner.answer(line.strip().split(" +"));
        }
        runner.attachment.close();
    }

    private void answer(final String[] words) {
        final long begin = System.nanoTime();
        String result;
        try {
            result = "ok %d " + run(words);
        } catch (final IOException | IllegalArgumentException failure) {
            result = "error %d " + failure.getMessage().replace("%", "%%");
        }
        System.out.println(result.formatted((System.nanoTime() - begin) / 1_000_000));
        System.out.flush();
    }

    private String run(final String[] words) throws IOException {
        return switch (words[0]) {
            case "settings" -> {
                // Request time-out and dead-connection time-out in seconds, links.
                settings =
                        settings.withTimeouts(
                                        Duration.ofSeconds(Long.parseLong(words[1])),
                                        Duration.ofSeconds(Long.parseLong(words[2])))
                                .withConnections(Integer.parseInt(words[3]));
                attachment.close();
                attachment = Attachments.open(settings);
                yield "set";
            }
            case "records" -> {
                writeRecords(Path.of(words[1]));
                yield "never";
            }
            case "kind" -> attachment.kind().text();
            case "attach" -> attach(words[1], words[2], words[3]);
            case "detach" -> detach(words[1], DetachMode.IF_UNUSED);
            case "detach-even-if-used" -> detach(words[1], DetachMode.EVEN_IF_USED);
            case "resize" -> {
                attachment.resize(words[1], Long.parseLong(words[2]));
                yield "resized";
            }
            case "status" ->
                    attachment.status(words[1]).map(AttachCommand::describe).orElse("nothing");
            case "leftovers" -> attachment.removeLeftovers(Set.of()).size() + " stay";
            default -> throw new IllegalArgumentException("no command " + words[0]);
        };
    }

    /// Appends numbered lines without end and tells each one once it is on stable storage.
    private static void writeRecords(final Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (int number = 1; number > 0; number++) {
                channel.write(
                        ByteBuffer.wrap(
                                "%08d\n".formatted(number).getBytes(StandardCharsets.US_ASCII)));
                channel.force(false);
                System.out.println("ACK " + number);
            }
        }
    }

    private String attach(final String name, final String resourceId, final String export)
            throws AttachmentException {
        final AttachedDevice device =
                attachment.attach(new AttachmentRequest(name, resourceId, address(export)));
        return device.link()
                + " "
                + device.device()
                + " size="
                + device.size()
                + " adopted="
                + device.adopted();
    }

    private static ExportAddress address(final String text) {
        if (text.startsWith("/")) {
            return new ExportAddress.Unix(Path.of(text));
        }
        final int colon = text.lastIndexOf(':');
        return new ExportAddress.Tcp(
                text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    private String detach(final String name, final DetachMode mode) throws AttachmentException {
        attachment.detach(name, mode);
        return "detached";
    }

    private static String describe(final AttachmentStatus status) {
        return status.kind().text()
                + " connected="
                + status.connected()
                + " size="
                + status.size()
                + " users="
                + status.users();
    }
}
