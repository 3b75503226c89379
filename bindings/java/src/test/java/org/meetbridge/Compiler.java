package org.meetbridge;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.meetbridge.testing.Sandbox;

/** Compiles the small libraries in C that some tests need. */
final class Compiler {
    private Compiler() {
    }

    /** The path of the built library. */
    static Path build(String source, Path folder) throws IOException, InterruptedException {
        Path root = Sandbox.root();
        Path built = folder.resolve("lib" + source + ".so");
        Path java = Paths.get(System.getProperty("java.home")).resolve("include");
        Process gcc = new ProcessBuilder("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared",
                "-fPIC", "-I" + java, "-I" + java.resolve("linux"), "-I" + root.resolve("include"),
                "-o", built.toString(),
                root.resolve("bindings/java/src/test/c/" + source + ".c").toString(), "-ldl")
                .inheritIO().start();
        if (gcc.waitFor() != 0) {
            throw new IOException("gcc ended with " + gcc.exitValue());
        }
        return built;
    }
}
