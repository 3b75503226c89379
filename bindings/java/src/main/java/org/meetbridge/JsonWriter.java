package org.meetbridge;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Map;

/** Writes maps, iterables, texts, numbers, truths and null as JSON. */
final class JsonWriter {
    /** How deep the library reads maps and lists. */
    private static final int MAX_DEPTH = 64;

    private final Utf8 out;

    private JsonWriter(Utf8 out) {
        this.out = out;
    }

    static void write(Utf8 out, Object value) {
        new JsonWriter(out).value(value, 1);
    }

    private void value(Object value, int depth) {
        if (value instanceof String) {
            text((String) value);
        } else if (value instanceof Map) {
            object((Map<?, ?>) value, depth);
        } else if (value instanceof Iterable) {
            array((Iterable<?>) value, depth);
        } else if (value == null || value instanceof Boolean || isNumber(value)) {
            out.put(Utf8.of(String.valueOf(value)));
        } else {
            throw MeetBridgeException.invalidArgument(
                    "a document cannot hold a " + value.getClass().getName());
        }
    }

    private void object(Map<?, ?> members, int depth) {
        checkDepth(depth);
        char before = '{';
        for (Map.Entry<?, ?> member : members.entrySet()) {
            out.put(before);
            text(String.valueOf(member.getKey()));
            out.put(':');
            value(member.getValue(), depth + 1);
            before = ',';
        }
        end(before, '{', '}');
    }

    private void array(Iterable<?> items, int depth) {
        checkDepth(depth);
        char before = '[';
        for (Object item : items) {
            out.put(before);
            value(item, depth + 1);
            before = ',';
        }
        end(before, '[', ']');
    }

    /** Refuses too deep a place for a map or a list, the outermost being 1. */
    static void checkDepth(int depth) {
        if (depth > MAX_DEPTH) {
            throw MeetBridgeException.invalidArgument("a document is nested too deep");
        }
    }

    private void end(char before, char open, char close) {
        if (before == open) {
            out.put(open);
        }
        out.put(close);
    }

    private void text(String text) {
        byte[] bytes = Utf8.of(text);
        out.put('"');
        int written = 0;
        for (int at = 0; at < bytes.length; at++) {
            byte b = bytes[at];
            // The bytes of characters beyond ASCII are negative.
            if (b == '"' || b == '\\' || b >= 0 && b < ' ') {
                out.put(bytes, written, at);
                out.put(Utf8.of(b < ' ' ? String.format("\\u%04x", b) : "\\" + (char) b));
                written = at + 1;
            }
        }
        out.put(bytes, written, bytes.length);
        out.put('"');
    }

    private static boolean isNumber(Object value) {
        if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            return !Double.isNaN(number) && !Double.isInfinite(number);
        }
        return value instanceof Integer || value instanceof Long || value instanceof Short
                || value instanceof Byte || value instanceof BigInteger
                || value instanceof BigDecimal;
    }
}
