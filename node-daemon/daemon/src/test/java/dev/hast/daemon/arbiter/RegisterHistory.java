package dev.hast.daemon.arbiter;

import dev.hast.core.configuration.Configuration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/// What several clients did to one register, when, and what they were told; and whether one
/// register, changed at one moment within each call, could have told them so.
///
/// Revisions make that easy to decide. They order the changes, so it is enough that
///
/// 1. a revision shows the same configuration to everybody,
/// 2. every configuration is there because exactly one call put it in the place of the very
///    revision that this call expected,
/// 3. no call that surely changed nothing changed anything,
/// 4. nobody is shown an older revision than anybody was shown before the call began, and no change
///    takes effect before its call began,
/// 5. a change whose outcome was unknown takes no effect after its client was shown something
///    definite again.
///
/// Each proposed configuration must be unlike all others. Thread-safe.
final class RegisterHistory {

    /// @param expected and `proposed` are empty for a read
    /// @param begun and `ended` are moments on one clock
    record Operation(
            int client,
            long begun,
            long ended,
            Optional<Revision> expected,
            Optional<Configuration> proposed,
            ArbiterOutcome outcome) {}

    private final AtomicLong clock = new AtomicLong();
    private final List<Operation> operations = new ArrayList<>();

    /// The moment before a call.
    long now() {
        return clock.incrementAndGet();
    }

    void read(int client, long begun, ArbiterOutcome.OfRead outcome) {
        add(new Operation(client, begun, now(), Optional.empty(), Optional.empty(), outcome));
    }

    void swap(
            int client,
            long begun,
            Revision expected,
            Configuration proposed,
            ArbiterOutcome.OfSwap outcome) {
        add(
                new Operation(
                        client,
                        begun,
                        now(),
                        Optional.of(expected),
                        Optional.of(proposed),
                        outcome));
    }

    synchronized void add(Operation operation) {
        operations.add(operation);
    }

    synchronized List<Operation> operations() {
        return List.copyOf(operations);
    }

    /// What no register could have told them; empty if all is well.
    List<String> violations() {
        final List<Operation> all = operations();
        final List<String> violations = new ArrayList<>();
        final TreeMap<Long, Configuration> chain = chain(all, violations);
        final Map<Configuration, Operation> authors = new HashMap<>();
        for (Operation operation : all) {
            operation
                    .proposed()
                    .ifPresent(p -> {
                        if (authors.put(p, operation) != null) {
                            violations.add("the history proposes twice " + p);
                        }
                    });
        }
        final Map<Configuration, Long> began = checkChain(chain, authors, violations);
        checkOutcomes(all, began, violations);
        checkOrder(all, began, violations);
        checkSettled(all, began, violations);
        return violations;
    }

    private static TreeMap<Long, Configuration> chain(
            List<Operation> all, List<String> violations) {
        final var chain = new TreeMap<Long, Configuration>();
        for (Operation operation : all) {
            shown(operation)
                    .ifPresent(seen ->
                            seen.configuration()
                                    .ifPresent(configuration -> {
                                        final Configuration before =
                                                chain.put(seen.revision().value(), configuration);
                                        if (before != null && !before.equals(configuration)) {
                                            violations.add(
                                                    "two configurations in revision "
                                                            + seen.revision()
                                                            + ": "
                                                            + operation);
                                        }
                                    }));
        }
        return chain;
    }

    /// @return the revision in which each configuration first was seen
    private static Map<Configuration, Long> checkChain(
            TreeMap<Long, Configuration> chain,
            Map<Configuration, Operation> authors,
            List<String> violations) {
        final Map<Configuration, Long> began = new HashMap<>();
        long before = 0;
        Configuration replaced = null;
        for (var link : chain.entrySet()) {
            final Configuration configuration = link.getValue();
            if (!configuration.equals(replaced)) {
                final Operation author = authors.get(configuration);
                if (began.put(configuration, link.getKey()) != null) {
                    violations.add("came back in revision " + link.getKey() + ": " + configuration);
                } else if (author == null) {
                    violations.add("nobody proposed what is in revision " + link.getKey());
                } else if (author.expected().orElseThrow().value() != before) {
                    violations.add(
                            "revision %d replaced %d: %s".formatted(link.getKey(), before, author));
                }
            }
            before = link.getKey();
            replaced = configuration;
        }
        return began;
    }

    private static void checkOutcomes(
            List<Operation> all, Map<Configuration, Long> began, List<String> violations) {
        for (Operation operation : all) {
            if (operation.proposed().isEmpty()) {
                continue;
            }
            final boolean held = began.containsKey(operation.proposed().get());
            final boolean possible =
                    switch ((ArbiterOutcome.OfSwap) operation.outcome()) {
                        case ArbiterOutcome.Swapped ignored -> held;
                        case ArbiterOutcome.Conflict(
                                        ArbiterOutcome.Read current,
                                        boolean mayHaveHeld) ->
                                (!held || mayHaveHeld)
                                        && current.revision()
                                                        .compareTo(
                                                                operation.expected().orElseThrow())
                                                > 0;
                        case ArbiterOutcome.Unknown ignored -> true;
                        case ArbiterOutcome.Unavailable ignored -> !held;
                        case ArbiterOutcome.Refused ignored -> !held;
                    };
            if (!possible) {
                violations.add((held ? "took effect: " : "took no effect: ") + operation);
            }
        }
    }

    private static void checkOrder(
            List<Operation> all, Map<Configuration, Long> began, List<String> violations) {
        final List<Operation> byEnd = sorted(all, Comparator.comparingLong(Operation::ended));
        int next = 0;
        long newest = 0;
        for (Operation operation : sorted(all, Comparator.comparingLong(Operation::begun))) {
            while (next < byEnd.size() && byEnd.get(next).ended() < operation.begun()) {
                newest =
                        Math.max(
                                newest,
                                shown(byEnd.get(next)).map(s -> s.revision().value()).orElse(0L));
                next++;
            }
            final long floor = newest;
            shown(operation)
                    .filter(s -> s.revision().value() < floor)
                    .ifPresent(ignored ->
                            violations.add(
                                    "shown less than revision %d, which was shown before: %s"
                                            .formatted(floor, operation)));
            operation
                    .proposed()
                    .map(began::get)
                    .filter(r -> r <= floor)
                    .ifPresent(revision ->
                            violations.add(
                                    "took effect in revision %d, before its call began: %s"
                                            .formatted(revision, operation)));
        }
    }

    private static void checkSettled(
            List<Operation> all, Map<Configuration, Long> began, List<String> violations) {
        final Map<Integer, List<Operation>> open = new HashMap<>();
        for (Operation operation : sorted(all, Comparator.comparingLong(Operation::begun))) {
            final List<Operation> unknown =
                    open.computeIfAbsent(operation.client(), ignored -> new ArrayList<>());
            if (operation.outcome() instanceof ArbiterOutcome.Unknown) {
                unknown.add(operation);
            }
            shown(operation)
                    .ifPresent(seen -> {
                        for (Operation lost : unknown) {
                            lost.proposed()
                                    .map(began::get)
                                    .filter(r -> r > seen.revision().value())
                                    .ifPresent(revision ->
                                            violations.add(
                                                    "took effect in revision %d, after its client had been shown %s: %s"
                                                            .formatted(
                                                                    revision,
                                                                    seen.revision(),
                                                                    lost)));
                        }
                        unknown.clear();
                    });
        }
    }

    /// What the caller learnt of the register.
    private static Optional<ArbiterOutcome.Read> shown(Operation operation) {
        return switch (operation.outcome()) {
            case ArbiterOutcome.Read read -> Optional.of(read);
            case ArbiterOutcome.Swapped(Revision revision) ->
                    Optional.of(new ArbiterOutcome.Read(operation.proposed(), revision));
            case ArbiterOutcome.Conflict(ArbiterOutcome.Read current, boolean ignored) ->
                    Optional.of(current);
            case ArbiterOutcome.Unknown ignored -> Optional.empty();
            case ArbiterOutcome.Unavailable ignored -> Optional.empty();
            case ArbiterOutcome.Refused ignored -> Optional.empty();
        };
    }

    private static List<Operation> sorted(List<Operation> all, Comparator<Operation> order) {
        return all.stream().sorted(order).toList();
    }
}
