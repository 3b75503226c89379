package org.meetbridge;

import java.nio.file.Path;

/** Where a bridge's settings come from, and who may say so. */
final class Settings {
    /** Settings say which files are written and where tokens are sent. */
    private static final String PERMISSION = "meetbridge.settings";

    private Settings() {
    }

    /** Those that the administrator has named; null: the library looks into the environment. */
    static byte[] configured() {
        String path = Library.property("meetbridge.settings");
        return path == null ? null : Utf8.of(path);
    }

    /** Those that a program has chosen, if it may. */
    static byte[] chosen(Path file) {
        checkPermission();
        return chosen(file == null ? null : file.toAbsolutePath().toString());
    }

    /** Those that a program has chosen, if it may. */
    static byte[] chosen(String settings) {
        checkPermission();
        if (settings == null) {
            throw MeetBridgeException.invalidArgument("settings: null");
        }
        return Utf8.of(settings);
    }

    /** Asks the security manager, of a JVM that has one, on behalf of all who have called. */
    static void checkPermission() {
        SecurityManager manager = System.getSecurityManager();
        if (manager != null) {
            manager.checkPermission(new RuntimePermission(PERMISSION));
        }
    }
}
