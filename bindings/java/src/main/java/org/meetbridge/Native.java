package org.meetbridge;

import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What the installed library does for Java, and what it calls here. Texts are UTF-8. A failure is
 * thrown as a {@link MeetBridgeException}.
 */
final class Native {
    /** To whom the library's lines go. */
    private static volatile Logger logger;

    private Native() {
    }

    static native byte[] version();

    /** The names of the operations, each on a line; its place is its number. */
    static native byte[] operations();

    static native int open(byte[] settings);

    static native void reload(int bridge, byte[] settings);

    static native void close(int bridge);

    /**
     * The first {@code length} bytes of the array are the arguments. The answer, after its length
     * (four bytes, the highest first), is in the same array if it has room for it, else in a new
     * one. Null where the operation answers nothing.
     */
    static native byte[] call(int bridge, int operation, byte[] array, int length);

    /** Up to which level {@link #log} is told of: 1 (errors) to 5; 0 of nothing. */
    static native void setLog(int level);

    /** Sends the lines up to this level to a logger, or to nobody. */
    static void setLogger(Logger logger, Level level) {
        if (logger != null && level == null) {
            throw MeetBridgeException.invalidArgument("level: null");
        }
        int number = logger == null ? 0 : numberOf(level);
        // Fails inside a handler, which must not come to wait for the lock: who has it may be
        // waiting for the handler.
        setLog(0);
        synchronized (Native.class) {
            setLog(0);
            Native.logger = logger;
            setLog(number);
        }
    }

    /** Called by the library: the exception for an error document. */
    static RuntimeException failure(byte[] document) {
        return new MeetBridgeException.Failure(JsonReader.read(Utf8.text(document))).exception();
    }

    /** Called by the library, in the middle of a call: nothing may come out of here. */
    static void log(int level, byte[] line) {
        Logger logger = Native.logger;
        if (logger != null) {
            try {
                // Without parameters no handler takes the line for a pattern.
                logger.log(LEVELS[level - 1], Utf8.text(line));
            } catch (RuntimeException | Error ofAHandler) {
                // A handler that fails must not take the call with it.
            }
        }
    }

    /** The library's levels in Java's words, the gravest first. */
    private static final Level[] LEVELS =
            {Level.SEVERE, Level.WARNING, Level.INFO, Level.FINE, Level.FINER};

    /** The library's number of the finest level that is at least as grave as this one. */
    private static int numberOf(Level level) {
        int number = 0;
        while (number < LEVELS.length && LEVELS[number].intValue() >= level.intValue()) {
            number++;
        }
        return number;
    }
}
