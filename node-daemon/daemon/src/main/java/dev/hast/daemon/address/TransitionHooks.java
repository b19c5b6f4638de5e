package dev.hast.daemon.address;

import dev.hast.core.address.ElectionState;
import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.document.VirtualIpDocument.Hooks;
import dev.hast.daemon.hook.HookQueue;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the programs of a group at its transitions: `exec` as devd(8) would on FreeBSD, `up` and
/// `down` as ucarp does. In order, one at a time; nobody waits for them.
///
/// CARP knows three states: who is on the way up or down counts as BACKUP.
final class TransitionHooks implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TransitionHooks.class);
    private static final int WAITING_MAX = 64;

    private volatile VirtualIpDocument document;
    private final String device;
    private final HookQueue queue = new HookQueue("vip-hooks", WAITING_MAX);
    private String told = "";

    TransitionHooks(VirtualIpDocument document, String device) {
        this.document = document;
        this.device = device;
    }

    /// Other programs from the next transition on.
    void document(VirtualIpDocument next) {
        document = next;
    }

    /// The group is in this state now. On the loop.
    void state(ElectionState state) {
        final String word =
                switch (state) {
                    case MASTER -> "MASTER";
                    case BACKUP, PROMOTING, YIELDING -> "BACKUP";
                    case INIT, FAULT -> "INIT";
                };
        if (word.equals(told)) {
            return;
        }
        final boolean held = told.equals("MASTER");
        final boolean begins = told.isEmpty();
        told = word;
        final Hooks hooks = document.hooks();
        hooks.exec()
                .ifPresent(program ->
                        run(
                                program,
                                List.of("CARP", document.election().vhid() + "@" + device, word)));
        if (word.equals("MASTER")) {
            hooks.up().ifPresent(this::forEachAddress);
        } else if (held || begins) {
            hooks.down().ifPresent(this::forEachAddress);
        }
    }

    private void forEachAddress(Path program) {
        for (InetAddress address : document.addresses()) {
            run(program, List.of(device, address.getHostAddress()));
        }
    }

    private void run(Path program, List<String> arguments) {
        final List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(arguments);
        if (!queue.offer(() -> run(command))) {
            LOG.atWarn()
                    .addKeyValue("address", document.name())
                    .log("too many hooks are waiting; {} {} is dropped", program, arguments);
        }
    }

    private void run(List<String> command) {
        try {
            Commands.run(document.hooks().timeout(), command);
        } catch (AddressException e) {
            LOG.atWarn()
                    .addKeyValue("address", document.name())
                    .log("a hook failed: {}", e.getMessage());
        }
    }

    /// Those that wait still run.
    @Override
    public void close() {
        queue.close();
    }

    /// Waits for those that wait, and says whether all have ended. Not on the loop.
    boolean await(Duration limit) {
        try {
            if (queue.await(limit)) {
                return true;
            }
            LOG.atWarn()
                    .addKeyValue("address", document.name())
                    .log("hooks still run; they are not waited for");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }
}
