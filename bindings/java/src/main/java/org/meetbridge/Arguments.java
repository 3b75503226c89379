package org.meetbridge;

import java.util.Map;

/**
 * The arguments of one call as the native side reads them: of each its length (four bytes, the
 * highest first; -1 for null) and its bytes. One array crosses the border far faster than several
 * texts do, and one that a thread uses again and again faster than a new one for each call.
 */
final class Arguments {
    /** Enough for the arguments of most calls, and for most answers. */
    private static final int USUAL = 2048;
    /** A thread keeps no larger array. */
    private static final int MOST_KEPT = 65_536;

    /**
     * The array of the thread's last call, while no other is under way. A class of the JVM's own, so
     * that a server's threads do not hold ours when the application is loaded anew.
     */
    private static final ThreadLocal<byte[]> SPARE = new ThreadLocal<>();

    private final Utf8 frame = takeSpare();

    /** The first two of most operations. */
    static Arguments of(Provider provider, String user) {
        return new Arguments().provider(provider).text(user);
    }

    Arguments text(String text) {
        return bytes(text == null ? null : Utf8.of(text));
    }

    Arguments bytes(byte[] bytes) {
        if (bytes == null) {
            return absent();
        }
        frame.putInt(bytes.length);
        frame.put(bytes);
        return this;
    }

    Arguments provider(Provider provider) {
        return text(provider == null ? null : provider.id());
    }

    Arguments document(Document document) {
        return document(document == null ? null : document.members());
    }

    Arguments document(Map<String, ?> members) {
        if (members == null) {
            return absent();
        }
        int at = frame.length();
        frame.putInt(0);
        JsonWriter.write(frame, members);
        frame.setInt(at, frame.length() - at - 4);
        return this;
    }

    private Arguments absent() {
        frame.putInt(-1);
        return this;
    }

    /** Runs an operation with these arguments, once. Null where it answers nothing. */
    String call(int bridge, Operation operation) {
        byte[] answer = Native.call(bridge, operation.number(), frame.array(), frame.length());
        if (answer == null) {
            keep(frame.length());
            return null;
        }
        Utf8 answered = answer == frame.array() ? frame : new Utf8(answer);
        int end = 4 + answered.getInt(0);
        String text = answered.text(4, end);
        keep(Math.max(frame.length(), answered == frame ? end : 0));
        return text;
    }

    /** Who calls while he writes arguments, from inside a map of his own, gets another one. */
    private static Utf8 takeSpare() {
        byte[] spare = SPARE.get();
        if (spare == null) {
            return new Utf8(USUAL);
        }
        SPARE.set(null);
        return new Utf8(spare, 0);
    }

    /** For the thread's next call. Nothing of this one stays in it. */
    private void keep(int used) {
        if (frame.array().length <= MOST_KEPT) {
            frame.wipe(used);
            SPARE.set(frame.array());
        }
    }
}
