package org.meetbridge;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing array of bytes, and texts as such. */
final class Utf8 {
    private byte[] bytes;
    private int length;

    Utf8(int capacity) {
        bytes = new byte[capacity];
    }

    /** These bytes, which now belong to it. */
    Utf8(byte[] bytes) {
        this(bytes, bytes.length);
    }

    /** This array, which now belongs to it and of which so many bytes count. */
    Utf8(byte[] bytes, int length) {
        this.bytes = bytes;
        this.length = length;
    }

    /** The array itself, of which the first {@link #length()} bytes count. */
    byte[] array() {
        return bytes;
    }

    int length() {
        return length;
    }

    void put(int one) {
        reserve(1);
        bytes[length++] = (byte) one;
    }

    void put(byte[] many) {
        put(many, 0, many.length);
    }

    void putInt(int value) {
        reserve(4);
        length += 4;
        setInt(length - 4, value);
    }

    void setInt(int at, int value) {
        ByteBuffer.wrap(bytes).putInt(at, value);
    }

    int getInt(int at) {
        return ByteBuffer.wrap(bytes).getInt(at);
    }

    void put(byte[] many, int from, int to) {
        reserve(to - from);
        System.arraycopy(many, from, bytes, length, to - from);
        length += to - from;
    }

    /**
     * The bytes of a text. Half a character is refused: replaced, as Java does it, it could name
     * another user or meeting.
     */
    static byte[] of(String text) {
        // Costs nothing where Java keeps the text as Latin-1: it knows then that there are none.
        for (int at = 0; at < text.length(); at++) {
            if (Character.isSurrogate(text.charAt(at))) {
                if (!Character.isSupplementaryCodePoint(text.codePointAt(at))) {
                    throw MeetBridgeException.invalidArgument(
                            "a text holds half of a character of two halves (a lone surrogate)");
                }
                at++;
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The text of bytes that the library wrote. */
    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The same of a part of the array, whether or not it is counted. */
    String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    /** Makes it empty, and leaves none of the first bytes behind in the array. */
    void wipe(int used) {
        Arrays.fill(bytes, 0, used, (byte) 0);
        length = 0;
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
