package org.meetbridge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.meetbridge.World.fails;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.meetbridge.testing.Sandbox;

class ContractTest {
    private static String read(String file) throws IOException {
        return new String(Files.readAllBytes(Sandbox.root().resolve(file)), StandardCharsets.UTF_8);
    }

    @Test
    void everyStatusIsThatOfTheHeader() throws IOException {
        Map<String, Integer> header = new LinkedHashMap<>();
        Matcher define = Pattern.compile("#define MEETBRIDGE_([A-Z_]+) (\\d+)")
                .matcher(read("include/meetbridge.h"));
        while (define.find()) {
            header.put(define.group(1), Integer.valueOf(define.group(2)));
        }
        Map<String, Integer> here = new LinkedHashMap<>();
        for (Status status : Status.values()) {
            here.put(status.name(), status.code());
            assertEquals(status, Status.of(status.code()));
        }
        assertEquals(header, here);
        assertTrue(header.size() > 30);
    }

    @Test
    void jarAndLibraryAreOfOneVersion() throws IOException {
        Matcher cargo = Pattern.compile("(?m)^version = \"([^\"]+)\"").matcher(read("Cargo.toml"));
        assertTrue(cargo.find());
        assertEquals(cargo.group(1), Library.VERSION);
        assertEquals(Library.VERSION, MeetBridge.version());
        assertTrue(read("bindings/java/pom.xml").contains("<artifactId>meetbridge</artifactId>\n"
                + "  <version>" + Library.VERSION + "</version>"));
    }

    @Test
    void everyOperationIsKnownToTheLibrary() {
        MeetBridge.version();
        List<String> names = Arrays.asList(Utf8.text(Native.operations()).split("\n"));
        assertEquals(Stream.of(Operation.values()).map(o -> o.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet()), names.stream().collect(Collectors.toSet()));
        for (Operation operation : Operation.values()) {
            assertEquals(operation.name().toLowerCase(Locale.ROOT), names.get(operation.number()));
        }
    }

    @Test
    void whatJavaWouldNeverSayIsRefused() {
        MeetBridge.version();
        byte[] nothing = {-1, -1, -1, -1};
        fails(Status.NOT_AVAILABLE, () -> Native.call(1, -1, nothing, 4));
        fails(Status.NOT_AVAILABLE, () -> Native.call(1, 17, nothing, 4));
        fails(Status.INTERNAL, () -> Native.call(1, 0, null, 4));
        fails(Status.INTERNAL, () -> Native.call(1, 0, new byte[] {0, 0, 0, 9, 1}, 5));
        int maintain = Operation.MAINTAIN.number();
        fails(Status.INTERNAL, () -> Native.call(1, maintain, new byte[8], 8));
        for (int length : new int[] {-1, 0, 3, 5, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            fails(Status.INTERNAL, () -> Native.call(1, maintain, nothing, length));
        }
        fails(Status.INVALID_HANDLE, () -> Native.call(0x7fffffff, maintain, nothing, 4));
        fails(Status.INVALID_HANDLE, () -> Native.call(-1, maintain, nothing, 4));
        fails(Status.INVALID_HANDLE, () -> Native.close(0));
        fails(Status.INVALID_ARGUMENT, () -> Native.setLog(9));
    }

    @Test
    void classFilesAreOfJava8() throws Exception {
        Path classes = Paths.get(
                MeetBridge.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(classes)) {
            List<Path> all = files.filter(file -> file.toString().endsWith(".class"))
                    .collect(Collectors.toList());
            assertTrue(all.size() > 30, all.toString());
            for (Path file : all) {
                byte[] start = Arrays.copyOf(Files.readAllBytes(file), 8);
                byte[] wanted = ByteBuffer.allocate(8).putInt(0xCAFEBABE).putInt(52).array();
                assertArrayEquals(wanted, start, file.toString());
            }
        }
    }
}
