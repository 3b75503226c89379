package org.meetbridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.meetbridge.testing.Sandbox.ANNA;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class StressTest {
    private static final int HEAP_MIB = 128;

    /** A JVM whose own memory stands still once it is warm, and that checks every use of JNI. */
    private static final List<String> FLAGS = Arrays.asList("-Xcheck:jni",
            "-Xms" + HEAP_MIB + "m", "-Xmx" + HEAP_MIB + "m", "-XX:+AlwaysPreTouch",
            "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:CICompilerCount=1");

    @Test
    void manyThreadsAndRoundsLeaveNothingBehind() throws Exception {
        try (World world = new World()) {
            world.authorize(Provider.ZOOM, ANNA);
            JavaProgram program = JavaProgram.run(FLAGS, Stress.class, world.settings.toString(),
                    "1000", "200");
            System.out.print(program.output);
            assertEquals(0, program.exit, program.output);
            assertFalse(program.output.contains("WARNING"), program.output);
            assertFalse(program.output.contains("FATAL"), program.output);
            // The heap is in memory from the beginning; what can grow is all else.
            long warm = figure(program.output, "warm_kib") - HEAP_MIB * 1024;
            long end = figure(program.output, "end_kib") - HEAP_MIB * 1024;
            assertTrue(end <= warm * 1.05, warm + " KiB beside the heap have become " + end);
            assertTrue(figure(program.output, "lines") > 100, program.output);
            long threads = figure(program.output, "threads_warm");
            assertTrue(figure(program.output, "threads_end") <= threads, program.output);
        }
    }

    private static long figure(String output, String name) {
        Matcher line = Pattern.compile("(?m)^" + name + " (\\d+)$").matcher(output);
        assertTrue(line.find(), output);
        return Long.parseLong(line.group(1));
    }
}
