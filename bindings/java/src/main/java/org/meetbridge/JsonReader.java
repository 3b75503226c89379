package org.meetbridge;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON (RFC 8259) into unmodifiable maps and lists, {@code String}, {@code Long},
 * {@code BigDecimal}, {@code Boolean} and null. Strict: no name twice, nothing after the end.
 */
final class JsonReader {
    /** How deep the library nests: what a webhook brought, which has 64, two deeper. */
    private static final int MAX_DEPTH = 66;

    private final String text;
    private int at;

    private JsonReader(String text) {
        this.text = text;
    }

    /** The members of an object. */
    static Map<String, Object> read(String text) {
        JsonReader reader = new JsonReader(text);
        reader.space();
        if (reader.peek() != '{') {
            throw reader.wrong();
        }
        Map<String, Object> members = reader.object(1);
        reader.space();
        if (reader.at != reader.text.length()) {
            throw reader.wrong();
        }
        return members;
    }

    private Object value(int depth) {
        switch (peek()) {
            case '{':
                return object(depth);
            case '[':
                return array(depth);
            case '"':
                return string();
            case 't':
                return word("true", Boolean.TRUE);
            case 'f':
                return word("false", Boolean.FALSE);
            case 'n':
                return word("null", null);
            default:
                return number();
        }
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> members = new LinkedHashMap<>();
        open(depth);
        space();
        if (!skip('}')) {
            do {
                space();
                String name = string();
                space();
                expect(':');
                space();
                boolean twice = members.containsKey(name);
                members.put(name, value(depth + 1));
                if (twice) {
                    throw wrong();
                }
                space();
            } while (skip(','));
            expect('}');
        }
        return Collections.unmodifiableMap(members);
    }

    private List<Object> array(int depth) {
        List<Object> items = new ArrayList<>();
        open(depth);
        space();
        if (!skip(']')) {
            do {
                space();
                items.add(value(depth + 1));
                space();
            } while (skip(','));
            expect(']');
        }
        return Collections.unmodifiableList(items);
    }

    private void open(int depth) {
        if (depth > MAX_DEPTH) {
            throw wrong();
        }
        at++;
    }

    private String string() {
        expect('"');
        int from = at;
        while (peek() != '"' && peek() != '\\') {
            character();
        }
        if (skip('"')) {
            return text.substring(from, at - 1);
        }
        StringBuilder unescaped = new StringBuilder(text.substring(from, at));
        while (!skip('"')) {
            unescaped.append(skip('\\') ? escape() : character());
        }
        return unescaped.toString();
    }

    private char character() {
        char c = peek();
        if (c < ' ') {
            throw wrong();
        }
        at++;
        return c;
    }

    private char escape() {
        char c = character();
        if (c == 'u') {
            int code = 0;
            for (int digit = 0; digit < 4; digit++) {
                char c16 = character();
                // Character.digit alone knows the digits of every script.
                int value = c16 < 0x80 ? Character.digit(c16, 16) : -1;
                if (value < 0) {
                    throw wrong();
                }
                code = code << 4 | value;
            }
            return (char) code;
        }
        int known = "\"\\/bfnrt".indexOf(c);
        if (known < 0) {
            throw wrong();
        }
        return "\"\\/\b\f\n\r\t".charAt(known);
    }

    private Object number() {
        int from = at;
        boolean whole = true;
        skip('-');
        if (!skip('0')) {
            digits();
        }
        if (skip('.')) {
            whole = false;
            digits();
        }
        if (skip('e') || skip('E')) {
            whole = false;
            if (!skip('+')) {
                skip('-');
            }
            digits();
        }
        String digits = text.substring(from, at);
        try {
            if (whole && digits.length() < 19) {
                return Long.valueOf(digits);
            }
            return new BigDecimal(digits);
        } catch (NumberFormatException beyondAnyUse) {
            throw wrong();
        }
    }

    private void digits() {
        int from = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        if (at == from) {
            throw wrong();
        }
    }

    private Object word(String word, Object value) {
        if (!text.startsWith(word, at)) {
            throw wrong();
        }
        at += word.length();
        return value;
    }

    private char peek() {
        if (at >= text.length()) {
            throw wrong();
        }
        return text.charAt(at);
    }

    private boolean skip(char c) {
        boolean there = at < text.length() && text.charAt(at) == c;
        if (there) {
            at++;
        }
        return there;
    }

    private void expect(char c) {
        if (!skip(c)) {
            throw wrong();
        }
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private MeetBridgeException wrong() {
        return MeetBridgeException.internal("not the JSON that was expected, at " + at);
    }
}
