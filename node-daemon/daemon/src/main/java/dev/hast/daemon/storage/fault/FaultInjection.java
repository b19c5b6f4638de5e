package dev.hast.daemon.storage.fault;

import dev.hast.daemon.storage.LocalProvider;
import dev.hast.daemon.storage.Provider;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts faults under a running daemon for end-to-end tests: with `-Dhast.test.faults=DIRECTORY` the
/// rules of resource `r0` stand in `DIRECTORY/r0`, one a line ([FaultRule]), and are read again
/// when the file changes. Without the property nothing of this exists.
///
/// Write the file elsewhere and rename it, so that it is never read half.
public final class FaultInjection {
    /// The system property that names the directory.
    public static final String PROPERTY = "hast.test.faults";

    private static final Logger LOG = LoggerFactory.getLogger(FaultInjection.class);
    private static final long LOOK_MILLISECONDS = 100;

    private final Path file;
    private final FaultyProvider provider;
    private final Future<?> closed;
    private String text = "";
    private @Nullable ScheduledFuture<?> looking;

    private FaultInjection(final Path file, final FaultyProvider provider, final Future<?> closed) {
        this.file = file;
        this.provider = provider;
        this.closed = closed;
    }

    /// `provider` itself, or with the property set one around it that obeys the rules of `name`. On
    /// the loop.
    public static Provider around(
            final LocalProvider provider, final String name, final EventLoop loop) {
        final String directory = System.getProperty(PROPERTY);
        if (directory == null) {
            return provider;
        }
        final Path file = Path.of(directory, name);
        LOG.atWarn()
                .addKeyValue("rules", file)
                .log("faults are injected on purpose: never use this with data of value");
        final FaultyProvider faulty = new FaultyProvider(provider, loop);
        final FaultInjection injection = new FaultInjection(file, faulty, provider.closed());
        injection.look();
        injection.looking =
                loop.scheduleWithFixedDelay(
                        injection::look,
                        LOOK_MILLISECONDS,
                        LOOK_MILLISECONDS,
                        TimeUnit.MILLISECONDS);
        return faulty;
    }

    private void look() {
        if (closed.isDone()) {
            final ScheduledFuture<?> current = looking;
            if (current != null) {
                current.cancel(false);
            }
            return;
        }
        try {
            final String now = Files.exists(file) ? Files.readString(file) : "";
            if (now.equals(text)) {
                return;
            }
            text = now;
            final List<FaultRule> rules =
                    now.lines()
                            .map(String::strip)
                            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                            .map(FaultRule::parse)
                            .toList();
            provider.setRules(rules);
            LOG.atWarn().addKeyValue("rules", rules).log("fault rules changed");
        } catch (final IOException | IllegalArgumentException e) {
            LOG.atError()
                    .addKeyValue("rules", file)
                    .setCause(e)
                    .log("fault rules cannot be used; the old ones stay");
        }
    }
}
