package org.meetbridge.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/java.md shows is right. */
class GuideTest {
    private static final Path ROOT = Paths.get(System.getProperty("meetbridge.root"));

    /** Around statements of the guide: what it says that the reader has. */
    private static final String BEFORE = "import java.net.URI; import java.nio.file.*;"
            + " import java.time.*; import java.util.*;"
            + " import java.util.logging.Level; import java.util.logging.Logger;"
            + " import org.meetbridge.*;"
            + " class %s { void run(MeetBridge meetBridge, String user, String meetingId,"
            + " String query) throws Exception {\n";

    @Test
    void itsCodeCompiles(@TempDir Path classes) throws IOException {
        List<JavaFileObject> sources = new ArrayList<>();
        int statements = 0;
        for (String[] block : blocks("java")) {
            if (block[0].equals("java class")) {
                Matcher name = Pattern.compile("public class (\\w+)").matcher(block[1]);
                assertTrue(name.find(), block[1]);
                sources.add(source(name.group(1), block[1]));
            } else {
                String name = "Statements" + ++statements;
                sources.add(source(name, String.format(BEFORE, name) + block[1] + "}}"));
            }
        }
        assertTrue(statements >= 8 && sources.size() >= 10, "blocks are found");
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> faults = new DiagnosticCollector<>();
        try (Stream<Path> domino = Files.walk(ROOT.resolve("samples/servlet/src/test/lotus"))) {
            Path[] files = domino.filter(file -> file.toString().endsWith(".java"))
                    .toArray(Path[]::new);
            compiler.getStandardFileManager(null, null, null).getJavaFileObjects(files)
                    .forEach(sources::add);
        }
        List<String> options = Arrays.asList("--release", "8", "-Xlint:-options", "-proc:none",
                "-classpath", System.getProperty("java.class.path"), "-d", classes.toString());
        compiler.getTask(null, null, faults, options, null, sources).call();
        StringBuilder errors = new StringBuilder();
        for (Diagnostic<?> fault : faults.getDiagnostics()) {
            if (fault.getKind() == Diagnostic.Kind.ERROR) {
                errors.append(fault).append('\n');
            }
        }
        assertEquals("", errors.toString());
    }

    @Test
    void itsFilesAreThoseOfTheSample() throws IOException {
        String file = read("samples/servlet/domino/servlets.properties");
        assertEquals(file, blocks("properties").get(0)[1]);
    }

    /** The blocks of a language: what stands after the fence, and the content. */
    static List<String[]> blocks(String language) throws IOException {
        Matcher found = Pattern.compile("(?ms)^( *)```(" + language + "\\b[^\\n]*)\\n(.*?)^ *```")
                .matcher(read("docs/java.md"));
        List<String[]> blocks = new ArrayList<>();
        while (found.find()) {
            String content = found.group(3).replaceAll("(?m)^" + found.group(1), "");
            blocks.add(new String[] {found.group(2), content});
        }
        return blocks;
    }

    private static String read(String path) throws IOException {
        return Files.readString(ROOT.resolve(path));
    }

    private static JavaFileObject source(String name, String code) {
        URI uri = URI.create("string:///" + name + ".java");
        return new SimpleJavaFileObject(uri, JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return code;
            }
        };
    }
}
