package org.meetbridge;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** A program of these tests in a JVM of its own. */
final class JavaProgram {
    final int exit;
    /** Both outputs. */
    final String output;

    private JavaProgram(int exit, String output) {
        this.exit = exit;
        this.output = output;
    }

    static JavaProgram run(List<String> flags, Class<?> program, String... arguments)
            throws IOException, InterruptedException {
        Path java = Paths.get(System.getProperty("java.home"), "bin", "java");
        List<String> command = new ArrayList<>(Collections.singletonList(java.toString()));
        command.addAll(flags);
        if (!System.getProperty("java.specification.version").startsWith("1.")) {
            // Newer ones warn of every native method otherwise.
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        String path = System.getProperty("java.class.path");
        command.addAll(Arrays.asList("-cp", System.getProperty("surefire.test.class.path", path)));
        for (String name : Arrays.asList("library", "sandbox", "root")) {
            command.add("-Dmeetbridge." + name + "=" + System.getProperty("meetbridge." + name));
        }
        command.add(program.getName());
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        try (InputStream stream = process.getInputStream()) {
            for (int count; (count = stream.read(buffer)) >= 0;) {
                output.write(buffer, 0, count);
            }
        }
        return new JavaProgram(process.waitFor(), output.toString("UTF-8"));
    }
}
