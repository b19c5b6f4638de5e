package dev.hast.ctl;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// How help is laid out: commands by what they are for, and with each command its own options only.
final class Manual {

    private static final Map<String, List<String>> GROUPS = groups();

    private Manual() {}

    static void layOut(CommandLine root) {
        root.getHelpSectionMap()
                .put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, Manual::groupedCommands);
        root.getCommandSpec()
                .usageMessage()
                .optionListHeading("%nOptions:%n")
                .descriptionHeading("%n");
        root.getSubcommands().values().forEach(Manual::layOutCommand);
    }

    private static void layOutCommand(CommandLine command) {
        command.getCommandSpec()
                .usageMessage()
                .abbreviateSynopsis(true)
                .synopsisSubcommandLabel("COMMAND")
                .descriptionHeading("%n")
                .parameterListHeading("%nParameters:%n")
                .commandListHeading("%nCommands:%n")
                .optionListHeading("%nOptions, beside those of hastctl --help:%n");
        command.getHelpSectionMap()
                .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, Manual::ownOptions);
        command.getHelpSectionMap()
                .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING, Manual::ownOptionsHeading);
        command.getHelpSectionMap()
                .put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, Manual::commands);
        command.getSubcommands().values().forEach(Manual::layOutCommand);
    }

    private static List<OptionSpec> own(Help help) {
        return help.commandSpec().options().stream().filter(o -> !o.inherited()).toList();
    }

    private static String ownOptionsHeading(Help help) {
        return own(help).isEmpty() ? "" : help.optionListHeading();
    }

    private static String ownOptions(Help help) {
        var layout = help.createDefaultLayout();
        layout.addOptions(own(help), help.createDefaultParamLabelRenderer());
        return layout.toString();
    }

    private static String groupedCommands(Help help) {
        var out = new StringBuilder();
        GROUPS.forEach((group, names) -> {
            out.append(String.format("%n%s:%n", group));
            help.subcommands()
                    .forEach((name, command) -> {
                        if (names.contains(name)) {
                            out.append(line(name, command));
                        }
                    });
        });
        return out.toString();
    }

    private static String commands(Help help) {
        var out = new StringBuilder();
        help.subcommands().forEach((name, command) -> out.append(line(name, command)));
        return out.toString();
    }

    /// A command and its first sentence.
    private static String line(String name, Help command) {
        var description = command.commandSpec().usageMessage().description();
        var sentence = description.length == 0 ? "" : description[0];
        if (name.equals("help")) {
            sentence = "Show how a command is used.";
        }
        int end = sentence.indexOf(". ");
        int colon = sentence.indexOf(": ");
        int cut = colon > 0 && (end < 0 || colon < end) ? colon : end;
        return String.format(
                "  %-15s %s%n", name, cut < 0 ? sentence : sentence.substring(0, cut) + ".");
    }

    private static Map<String, List<String>> groups() {
        var groups = new LinkedHashMap<String, List<String>>();
        groups.put("Look", List.of("status", "list", "dump", "events", "info"));
        groups.put("Roles", List.of("role", "handover"));
        groups.put("Replicas", List.of("create", "add-replica", "remove-replica", "grow"));
        groups.put("Repair", List.of("verify", "resync", "pause", "resume", "split-brain"));
        groups.put("Daemon", List.of("reload", "stop"));
        groups.put("Set up", List.of("check", "import", "pki", "completion", "help"));
        return groups;
    }
}
