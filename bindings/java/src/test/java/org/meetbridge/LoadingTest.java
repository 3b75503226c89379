package org.meetbridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.meetbridge.World.fails;

import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar in further class loaders of this process. */
class LoadingTest {
    private final String library = System.getProperty("meetbridge.library");

    @AfterEach
    void restore() {
        System.setProperty("meetbridge.library", library);
        System.clearProperty("meetbridge.settings");
    }

    /** Asks for the version in a class loader of its own; what is thrown there as a text. */
    private static String versionInAnotherLoader() throws Exception {
        URL classes = MeetBridge.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader other = new URLClassLoader(new URL[] {classes}, null)) {
            Class<?> type = Class.forName("org.meetbridge.MeetBridge", true, other);
            assertTrue(type != MeetBridge.class);
            try {
                return (String) type.getMethod("version").invoke(null);
            } catch (InvocationTargetException thrown) {
                Throwable failure = thrown.getCause();
                return failure.getClass().getMethod("getStatus").invoke(failure) + ": "
                        + failure.getMessage() + " "
                        + failure.getClass().getMethod("getRemedy").invoke(failure);
            }
        }
    }

    @Test
    void aSecondClassLoaderIsToldWhatToDo() throws Exception {
        assertEquals(Library.VERSION, MeetBridge.version());
        String told = versionInAnotherLoader();
        assertTrue(told.startsWith("NOT_AVAILABLE: "), told);
        assertTrue(told.contains("jvm/lib/ext") && told.contains("one bundle"), told);
        // The first goes on.
        assertEquals(Library.VERSION, MeetBridge.version());
    }

    @Test
    void anotherVersionIsRefused(@TempDir Path folder) throws Exception {
        Path other = Compiler.build("other_version", folder);
        System.setProperty("meetbridge.library", other.toString());
        String told = versionInAnotherLoader();
        assertTrue(told.startsWith("NOT_AVAILABLE: The library is of version 9.9.9"), told);
        assertTrue(told.contains(Library.VERSION) && told.contains("same version"), told);
    }

    @Test
    void whatCannotBeLoadedIsExplained(@TempDir Path folder) throws Exception {
        System.setProperty("meetbridge.library", folder.resolve("nothing.so").toString());
        String told = versionInAnotherLoader();
        assertTrue(told.startsWith("NOT_AVAILABLE: ") && told.contains("nothing.so"), told);
        assertTrue(told.contains("meetbridge.library") && told.contains("java.policy"), told);

        // Without a name it is looked for where the system keeps libraries.
        System.clearProperty("meetbridge.library");
        told = versionInAnotherLoader();
        assertTrue(told.contains("no meetbridge in java.library.path"), told);
        System.setProperty("meetbridge.library", "");
        assertEquals(told, versionInAnotherLoader());
    }

    @Test
    void theSharedBridgeNeedsToKnowItsSettings() {
        String told = fails(Status.INVALID_SETTINGS, MeetBridge::shared).getMessage();
        assertTrue(told.contains("MEETBRIDGE_SETTINGS is not set"), told);
        System.setProperty("meetbridge.settings", "");
        assertEquals(told, fails(Status.INVALID_SETTINGS, MeetBridge::shared).getMessage());
    }
}
