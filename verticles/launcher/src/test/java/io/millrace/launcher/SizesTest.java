package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** The sizes that keep a reader: a class under 300 lines, a method under 40. */
class SizesTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root", "../.."));
    private static final int CLASS = 300;
    private static final int METHOD = 40;

    /** Too long already, and still to be divided: none of them may grow, and no other joins them. */
    private static final Map<String, Integer> TOO_LONG = Map.of(
            "DashboardTest", 342,
            "DeadLettersTest", 302,
            "TwoWorldsTest", 336);

    @Test
    void noClassAndNoMethodIsTooLongForItsReader() throws IOException {
        List<Path> sources = sources();
        assertTrue(sources.size() > 100, "the sources are found");
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> tooLong = new ArrayList<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask)
                    compiler.getTask(null, files, null, List.of(), null, files.getJavaFileObjectsFromPaths(sources));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                new Lengths(unit, positions, tooLong).scan(unit, null);
            }
        }
        assertEquals(List.of(), tooLong);
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String part : List.of("shared", "verticles")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(part))) {
                files.filter(file -> file.toString().endsWith(".java")
                                && !file.toString().contains("/target/"))
                        .forEach(sources::add);
            }
        }
        return sources;
    }

    private static final class Lengths extends TreePathScanner<Void, Void> {
        private final CompilationUnitTree unit;
        private final SourcePositions positions;
        private final List<String> tooLong;

        Lengths(CompilationUnitTree unit, SourcePositions positions, List<String> tooLong) {
            this.unit = unit;
            this.positions = positions;
            this.tooLong = tooLong;
        }

        @Override
        public Void visitClass(ClassTree tree, Void nothing) {
            String name = tree.getSimpleName().toString();
            measure(tree, name, TOO_LONG.getOrDefault(name, CLASS));
            return super.visitClass(tree, null);
        }

        @Override
        public Void visitMethod(MethodTree tree, Void nothing) {
            // A test may hold a whole file to be read.
            if (unit.getSourceFile().getName().contains("/src/main/")) {
                measure(tree, tree.getName().toString(), METHOD);
            }
            return super.visitMethod(tree, null);
        }

        private void measure(Tree tree, String name, int limit) {
            long from = unit.getLineMap().getLineNumber(positions.getStartPosition(unit, tree));
            long end = positions.getEndPosition(unit, tree);
            // A method that nobody wrote, like a record's constructor, has no end.
            long lines = end < 0 ? 0 : unit.getLineMap().getLineNumber(end) - from + 1;
            if (lines >= limit) {
                Path file = ROOT.toAbsolutePath()
                        .relativize(Path.of(unit.getSourceFile().toUri()));
                tooLong.add(file + ":" + from + " " + name + " has " + lines + " lines");
            }
        }
    }
}
