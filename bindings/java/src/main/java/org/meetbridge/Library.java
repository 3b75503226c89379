package org.meetbridge;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.Locale;

/** Finds the installed library and loads it, once for the class loader. */
final class Library {
    /** That of this jar. Jar and library are of one version. */
    static final String VERSION = "0.1.0";

    private static volatile boolean loaded;

    private Library() {
    }

    /**
     * Loads the library unless it is there already. What fails is tried again by the next call.
     *
     * @throws MeetBridgeException {@link Status#NOT_AVAILABLE} with what is to be done
     */
    static void load() {
        if (!loaded) {
            loadOnce();
        }
    }

    /** A system property, also for callers who may not read any; null where it says nothing. */
    static String property(String name) {
        try {
            return AccessController.doPrivileged(
                    (PrivilegedAction<String>) () -> said(System.getProperty(name)));
        } catch (SecurityException error) {
            throw cannotLoad(error);
        }
    }

    private static String said(String value) {
        return value == null || value.isEmpty() ? null : value;
    }

    private static synchronized void loadOnce() {
        if (loaded) {
            return;
        }
        try {
            // Who calls may have no right to load libraries; this class has been given it.
            AccessController.doPrivileged((PrivilegedAction<Void>) () -> {
                find();
                return null;
            });
        } catch (UnsatisfiedLinkError | SecurityException error) {
            throw cannotLoad(error);
        }
        check(Utf8.text(Native.version()));
        Operation.learn(Utf8.text(Native.operations()));
        loaded = true;
    }

    private static void find() {
        String path = said(System.getProperty("meetbridge.library"));
        if (path == null) {
            path = said(System.getenv("MEETBRIDGE_LIBRARY"));
        }
        if (path != null) {
            System.load(path);
            return;
        }
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        // Domino puts an n before the names of libraries on Windows.
        System.loadLibrary(os.startsWith("windows") ? "nmeetbridge" : "meetbridge");
    }

    private static void check(String version) {
        if (!version.equals(VERSION)) {
            throw new MeetBridgeException(Status.NOT_AVAILABLE,
                    "The library is of version " + version + ", meetbridge.jar of " + VERSION + ".",
                    "Install library and jar of the same version.", null);
        }
    }

    private static MeetBridgeException cannotLoad(Throwable error) {
        String reason = String.valueOf(error.getMessage());
        // Every kind of JVM says it a little otherwise.
        String remedy = reason.toLowerCase(Locale.ROOT).contains("already loaded")
                ? "Put meetbridge.jar into one place that all programs of this server share:"
                        + " jvm/lib/ext (Domino up to 12), ndext (since 14) or a folder of"
                        + " JavaUserClasses, into one bundle with OSGi; take it out of agents,"
                        + " databases and web applications, and restart."
                : "Name the library's full path in the system property meetbridge.library or the"
                        + " environment variable MEETBRIDGE_LIBRARY, see that this process may read"
                        + " it, and with a java.policy grant this jar RuntimePermission"
                        + " \"loadLibrary.*\" and \"getenv.MEETBRIDGE_LIBRARY\","
                        + " PropertyPermission \"meetbridge.*\" \"read\".";
        return new MeetBridgeException(Status.NOT_AVAILABLE,
                "The library cannot be loaded. (" + reason + ")", remedy, error);
    }
}
