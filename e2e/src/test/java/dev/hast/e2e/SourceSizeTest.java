package dev.hast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ReturnTree;
import com.sun.source.tree.SwitchExpressionTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/// Keeps a file and a method at a size that can be read in one go.
final class SourceSizeTest {

    private static final int FILE_LINES_MAX = 500;
    private static final int METHOD_LINES_MAX = 60;

    /// Written at the top of a file, in its first lines, followed by why it isn't split.
    private static final String REASON = "Longer than " + FILE_LINES_MAX + " lines because";

    /// Over the limit and still to be split, each a debt.
    private static final Set<String> TO_SPLIT = Set.of();

    private static final int TOP_LINES = 15;

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final List<String> PARTS = List.of("node-daemon", "crds", "operator", "e2e");

    @Test
    void aFileOverTheLimitStatesItsReasonAtItsTop() throws IOException {
        var tooLong = new ArrayList<String>();
        for (var source : mainSources()) {
            var lines = Files.readAllLines(source);
            boolean reasoned =
                    lines.stream().limit(TOP_LINES).anyMatch(line -> line.contains(REASON));
            boolean listed = TO_SPLIT.contains(source.getFileName().toString());
            if (lines.size() > FILE_LINES_MAX && !reasoned && !listed) {
                tooLong.add(ROOT.relativize(source) + ": " + lines.size() + " lines");
            }
        }
        assertThat(tooLong)
                .as(
                        "files over %d lines; split them, or write \"// %s ...\" at the top",
                        FILE_LINES_MAX, REASON)
                .isEmpty();
    }

    @Test
    void aMethodFitsOnAScreen() throws IOException {
        var tooLong = new ArrayList<String>();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            var units = files.getJavaFileObjectsFromPaths(mainSources());
            var task = (JavacTask) compiler.getTask(null, files, null, List.of(), null, units);
            var trees = Trees.instance(task);
            for (var unit : task.parse()) {
                new MethodLengths(unit, trees, tooLong).scan(unit, null);
            }
        }
        assertThat(tooLong).as("methods over %d lines", METHOD_LINES_MAX).isEmpty();
    }

    private static List<Path> mainSources() throws IOException {
        var sources = new ArrayList<Path>();
        for (var part : PARTS) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(part))) {
                files.filter(file -> file.toString().contains("/src/main/java/"))
                        .filter(file -> file.toString().endsWith(".java"))
                        .sorted()
                        .forEach(sources::add);
            }
        }
        assertThat(sources).as("sources under %s", ROOT).isNotEmpty();
        return sources;
    }

    private static final class MethodLengths extends TreeScanner<Void, Void> {
        private final CompilationUnitTree unit;
        private final Trees trees;
        private final List<String> tooLong;

        MethodLengths(CompilationUnitTree unit, Trees trees, List<String> tooLong) {
            this.unit = unit;
            this.trees = trees;
            this.tooLong = tooLong;
        }

        @Override
        public Void visitMethod(MethodTree method, Void nothing) {
            var positions = trees.getSourcePositions();
            long start = line(positions.getStartPosition(unit, method));
            long lines = line(positions.getEndPosition(unit, method)) - start + 1;
            if (lines > METHOD_LINES_MAX && !isTable(method)) {
                var file = ROOT.relativize(Path.of(unit.getSourceFile().toUri()));
                tooLong.add(file + ":" + start + " " + method.getName() + ": " + lines + " lines");
            }
            return super.visitMethod(method, nothing);
        }

        /// One switch that returns a value is read row by row, however many it has.
        private static boolean isTable(MethodTree method) {
            return method.getBody() != null
                    && method.getBody().getStatements().size() == 1
                    && method.getBody().getStatements().getFirst() instanceof ReturnTree result
                    && result.getExpression() instanceof SwitchExpressionTree;
        }

        private long line(long position) {
            return unit.getLineMap().getLineNumber(position);
        }
    }
}
