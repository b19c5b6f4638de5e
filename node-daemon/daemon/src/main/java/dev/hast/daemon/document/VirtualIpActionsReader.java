package dev.hast.daemon.document;

import dev.hast.daemon.document.VirtualIpDocument.Check;
import dev.hast.daemon.document.VirtualIpDocument.CommandCheck;
import dev.hast.daemon.document.VirtualIpDocument.Hooks;
import dev.hast.daemon.document.VirtualIpDocument.Mount;
import dev.hast.daemon.document.VirtualIpDocument.Probe;
import dev.hast.daemon.document.VirtualIpDocument.Service;
import dev.hast.daemon.document.VirtualIpDocument.TcpCheck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/// Reads what a `VirtualIP` runs: probes, hooks, mounts, services.
final class VirtualIpActionsReader {

    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final Duration PROBE_INTERVAL = Duration.ofSeconds(1);
    private static final int PROBE_FAILURES = 3;
    private static final int FAILURES_MAX = 100;
    private static final String ONE_OF_TWO = "keep one of the two";

    private final List<String> follows;

    VirtualIpActionsReader(List<String> follows) {
        this.follows = follows;
    }

    List<Probe> probes(Fields spec) {
        var probes = new ArrayList<Probe>();
        var names = new LinkedHashSet<String>();
        for (var entry :
                optionalMappings(spec, "demotion", "list probes: - {name: NAME, tcp: HOST:PORT}")) {
            var name = entry.required("name", "name it, for status and metrics", Values::name);
            if (name.isPresent() && !names.add(name.get())) {
                entry.problem("name", name.get() + " is given twice", "name the probes apart");
            }
            var check = check(entry);
            var interval =
                    entry.value("interval", Values.duration(SHORTEST, LONGEST))
                            .orElse(PROBE_INTERVAL);
            var timeout =
                    entry.value("timeout", Values.duration(SHORTEST, LONGEST)).orElse(interval);
            int failures =
                    entry.value("failures", Values.integer(1, FAILURES_MAX)).orElse(PROBE_FAILURES);
            int weight =
                    entry.value("weight", Values.integer(1, VirtualIpDocument.DEMOTION_MAX))
                            .orElse(VirtualIpDocument.DEMOTION_MAX);
            entry.refuseUnknown();
            if (name.isPresent() && check.isPresent()) {
                probes.add(new Probe(name.get(), check.get(), interval, timeout, failures, weight));
            }
        }
        return probes;
    }

    private static Optional<Check> check(Fields entry) {
        var command = command(entry, "command");
        if (entry.has("tcp")) {
            if (!command.isEmpty()) {
                entry.problem("tcp", "given beside command", ONE_OF_TWO);
            }
            return entry.value("tcp", Values::endpointWithPort).map(TcpCheck::new);
        }
        if (command.isEmpty() && !entry.has("command")) {
            entry.problem(
                    "command", "is missing", "give a command: [PROGRAM, ...], or tcp: HOST:PORT");
        }
        return command.isEmpty() ? Optional.empty() : Optional.of(new CommandCheck(command));
    }

    Hooks hooks(Fields spec) {
        return spec.mapping("hooks")
                .map(fields -> {
                    var hooks =
                            new Hooks(
                                    fields.value("exec", Values::absolutePath),
                                    fields.value("up", Values::absolutePath),
                                    fields.value("down", Values::absolutePath),
                                    fields.value("timeout", Values.duration(SHORTEST, LONGEST))
                                            .orElse(Hooks.TIMEOUT_DEFAULT));
                    fields.refuseUnknown();
                    return hooks;
                })
                .orElse(Hooks.NONE);
    }

    List<Mount> mounts(Fields spec) {
        var mounts = new ArrayList<Mount>();
        for (var entry :
                optionalMappings(
                        spec, "mounts", "list mounts: - {resource: NAME, path: /DIRECTORY}")) {
            var resource =
                    entry.required("resource", "name one of those under follows", Values::name);
            resource.filter(name -> !follows.contains(name))
                    .ifPresent(name ->
                            entry.problem(
                                    "resource",
                                    "the address does not follow " + name,
                                    "add it to follows"));
            var path =
                    entry.required(
                            "path", "give the directory to mount it on", Values::absolutePath);
            var type = entry.value("type", Values::text);
            var options = entry.value("options", Values::text).orElse("");
            boolean fsck = entry.value("fsck", Values::bool).orElse(true);
            entry.refuseUnknown();
            if (resource.isPresent() && path.isPresent()) {
                mounts.add(new Mount(resource.get(), path.get(), type, options, fsck));
            }
        }
        return mounts;
    }

    List<Service> services(Fields spec) {
        var services = new ArrayList<Service>();
        for (var entry :
                optionalMappings(spec, "services", "list services: - {unit: NAME.service}")) {
            var unit = entry.value("unit", Values::text);
            var start = command(entry, "start");
            var stop = command(entry, "stop");
            var timeout =
                    entry.value("timeout", Values.duration(SHORTEST, LONGEST))
                            .orElse(Service.TIMEOUT_DEFAULT);
            entry.refuseUnknown();
            if (unit.isPresent()) {
                if (!start.isEmpty() || !stop.isEmpty()) {
                    entry.problem("unit", "given beside start or stop", ONE_OF_TWO);
                }
                services.add(
                        new Service(
                                unit.get(),
                                List.of("systemctl", "start", unit.get()),
                                List.of("systemctl", "stop", unit.get()),
                                timeout));
            } else if (start.isEmpty() || stop.isEmpty()) {
                entry.problem(
                        start.isEmpty() ? "start" : "stop",
                        "is missing",
                        "give a unit, or both a start and a stop command: [PROGRAM, ...]");
            } else {
                services.add(new Service(start.getFirst(), start, stop, timeout));
            }
        }
        return services;
    }

    private static List<Fields> optionalMappings(Fields spec, String field, String mend) {
        return spec.has(field) ? spec.mappings(field, mend) : List.of();
    }

    private static List<String> command(Fields entry, String field) {
        var words = entry.scalars(field, Values::text);
        if (!words.isEmpty() && !words.getFirst().startsWith("/")) {
            entry.problem(
                    field,
                    Values.quoted(words.getFirst()) + " is not an absolute path",
                    "write the program from the root");
        }
        return words;
    }
}
