package dev.hast.ctl.hastconf;

import dev.hast.ctl.hastconf.HastConf.Keyword;
import dev.hast.ctl.hastconf.HastConf.NodeSection;
import dev.hast.ctl.hastconf.HastConf.Resource;
import dev.hast.ctl.hastconf.HastConf.Section;
import dev.hast.ctl.hastconf.HastConf.Setting;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Parses the grammar of hast.conf(5):
///
/// ```
/// file     = { setting | "on" NODE "{" { setting } "}" | resource }
/// resource = "resource" NAME "{" { setting | "on" NODE "{" { setting } "}" } "}"
/// setting  = KEYWORD VALUE
/// ```
///
/// Words are made of letters, digits and `. _ / : [ ] -`; `#` begins a comment. Which keyword may
/// stand where is HAST's too. A wrong setting is noted and reading goes on; a wrong brace ends it.
final class HastConfParser {

    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._/:\\[\\]-]+");

    private static final Set<Keyword> IN_FILE =
            EnumSet.of(
                    Keyword.CONTROL,
                    Keyword.PIDFILE,
                    Keyword.LISTEN,
                    Keyword.REPLICATION,
                    Keyword.CHECKSUM,
                    Keyword.COMPRESSION,
                    Keyword.TIMEOUT,
                    Keyword.EXEC,
                    Keyword.METAFLUSH);
    private static final Set<Keyword> IN_NODE =
            EnumSet.of(Keyword.CONTROL, Keyword.PIDFILE, Keyword.LISTEN);
    private static final Set<Keyword> IN_RESOURCE =
            EnumSet.of(
                    Keyword.REPLICATION,
                    Keyword.CHECKSUM,
                    Keyword.COMPRESSION,
                    Keyword.TIMEOUT,
                    Keyword.EXEC,
                    Keyword.METAFLUSH,
                    Keyword.NAME,
                    Keyword.LOCAL);
    private static final Set<Keyword> IN_RESOURCE_NODE =
            EnumSet.of(
                    Keyword.NAME, Keyword.LOCAL, Keyword.REMOTE, Keyword.SOURCE, Keyword.METAFLUSH);

    /// A word or a brace, and its line.
    private record Token(String text, int line) {}

    private static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;

        Unreadable() {
            super(null, null, false, false);
        }
    }

    private final String file;
    private final List<String> errors = new ArrayList<>();
    private final List<Token> tokens = new ArrayList<>();
    private int next;
    private int lastLine = 1;

    private HastConfParser(String file) {
        this.file = file;
    }

    static HastConf parse(String file, String text) throws HastConfException {
        var parser = new HastConfParser(file);
        try {
            parser.split(text);
            var conf = parser.file();
            if (parser.errors.isEmpty()) {
                return conf;
            }
        } catch (Unreadable _) {
            // What is wrong has been noted.
        }
        throw new HastConfException(parser.errors);
    }

    private void error(int line, String problem, String mend) {
        errors.add(file + ":" + line + ": " + problem + "; " + mend);
    }

    private void split(String text) throws Unreadable {
        int number = 0;
        for (var line : text.split("\n", -1)) {
            number++;
            int comment = line.indexOf('#');
            var rest = comment < 0 ? line : line.substring(0, comment);
            var matcher = Pattern.compile("[{}]|" + WORD.pattern() + "|\\S").matcher(rest);
            while (matcher.find()) {
                var token = matcher.group();
                if (!token.equals("{") && !token.equals("}") && !WORD.matcher(token).matches()) {
                    error(
                            number,
                            "unexpected character " + token,
                            "words have no quotes and settings no semicolons");
                    throw new Unreadable();
                }
                tokens.add(new Token(token, number));
            }
        }
        lastLine = number;
    }

    private HastConf file() throws Unreadable {
        var global = new EnumMap<Keyword, List<Setting>>(Keyword.class);
        var nodes = new ArrayList<NodeSection>();
        var resources = new ArrayList<Resource>();
        while (next < tokens.size()) {
            var token = tokens.get(next);
            switch (token.text()) {
                case "on" -> nodes.add(node(IN_NODE, "an on block of the file", nodes));
                case "resource" -> resources.add(resource(resources));
                default -> setting(global, IN_FILE, "the file");
            }
        }
        return new HastConf(new Section(global), List.copyOf(nodes), List.copyOf(resources));
    }

    private Resource resource(List<Resource> others) throws Unreadable {
        int line = tokens.get(next++).line();
        var name = word("the name of a resource");
        var earlier = others.stream().filter(r -> r.name().equals(name)).findFirst();
        earlier.ifPresent(r ->
                error(
                        line,
                        "resource " + name + " is given twice, also in line " + r.line(),
                        "rename one"));
        brace("{", "resource " + name);
        var settings = new EnumMap<Keyword, List<Setting>>(Keyword.class);
        var nodes = new ArrayList<NodeSection>();
        while (!at("}")) {
            if (at("on")) {
                nodes.add(node(IN_RESOURCE_NODE, "an on block of a resource", nodes));
            } else {
                setting(settings, IN_RESOURCE, "a resource");
            }
        }
        next++;
        return new Resource(name, line, new Section(settings), List.copyOf(nodes));
    }

    private NodeSection node(Set<Keyword> allowed, String place, List<NodeSection> others)
            throws Unreadable {
        int line = tokens.get(next++).line();
        var name = word("the name of a node");
        var earlier = others.stream().filter(n -> n.node().equals(name)).findFirst();
        earlier.ifPresent(n ->
                error(
                        line,
                        "on " + name + " is given twice, also in line " + n.line(),
                        "join the two"));
        brace("{", "on " + name);
        var settings = new EnumMap<Keyword, List<Setting>>(Keyword.class);
        while (!at("}")) {
            setting(settings, allowed, place);
        }
        next++;
        return new NodeSection(name, line, new Section(settings));
    }

    private void setting(Map<Keyword, List<Setting>> into, Set<Keyword> allowed, String place)
            throws Unreadable {
        var token = token(place);
        if (token.text().equals("{") || token.text().equals("}")) {
            error(
                    token.line(),
                    "unexpected " + token.text() + " in " + place,
                    "check the braces above");
            throw new Unreadable();
        }
        next++;
        var keyword = keyword(token.text());
        if (keyword.isEmpty()) {
            error(
                    token.line(),
                    "hast.conf knows no " + token.text(),
                    "known in " + place + ": " + words(allowed));
            throw new Unreadable();
        }
        int line = token.line();
        var value = word("a value of " + token.text());
        if (!allowed.contains(keyword.get())) {
            error(
                    line,
                    token.text() + " has no meaning in " + place,
                    "known there: " + words(allowed));
            return;
        }
        var values = into.computeIfAbsent(keyword.get(), _ -> new ArrayList<>());
        if (!values.isEmpty() && keyword.get() != Keyword.LISTEN) {
            error(
                    line,
                    token.text() + " is given twice, also in line " + values.getFirst().line(),
                    "keep one");
            return;
        }
        values.add(new Setting(value, line));
    }

    private static Optional<Keyword> keyword(String word) {
        for (var keyword : Keyword.values()) {
            if (keyword.name().toLowerCase(Locale.ROOT).equals(word)) {
                return Optional.of(keyword);
            }
        }
        return Optional.empty();
    }

    private static String words(Set<Keyword> keywords) {
        return keywords.stream()
                .map(k -> k.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }

    private boolean at(String text) throws Unreadable {
        return token("a block").text().equals(text);
    }

    private Token token(String place) throws Unreadable {
        if (next >= tokens.size()) {
            error(lastLine, "the file ends within " + place, "close it with }");
            throw new Unreadable();
        }
        return tokens.get(next);
    }

    private String word(String what) throws Unreadable {
        var token = token(what);
        if (token.text().equals("{") || token.text().equals("}")) {
            error(token.line(), what + " is missing before " + token.text(), "write it");
            throw new Unreadable();
        }
        next++;
        return token.text();
    }

    private void brace(String brace, String place) throws Unreadable {
        var token = token(place);
        if (!token.text().equals(brace)) {
            error(
                    token.line(),
                    brace + " is missing after " + place,
                    "write it before " + token.text());
            throw new Unreadable();
        }
        next++;
    }
}
