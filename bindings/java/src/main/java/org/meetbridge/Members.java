package org.meetbridge;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The members of a document that is being built. */
final class Members {
    private final Map<String, Object> members = new LinkedHashMap<>();

    /** Null takes the member away: it says nothing. */
    void put(String name, Object value) {
        if (value == null) {
            members.remove(name);
        } else {
            members.put(name, value);
        }
    }

    void putMillis(String name, Duration duration) {
        try {
            put(name, duration == null ? null : duration.toMillis());
        } catch (ArithmeticException beyondLong) {
            throw MeetBridgeException.invalidArgument(name + ": too long");
        }
    }

    /** Says null, which is something else than to say nothing. */
    void putNull(String name) {
        members.put(name, null);
    }

    void put(String name, Collection<?> values, Function<Object, Object> type) {
        List<Object> list = null;
        if (values != null) {
            list = new ArrayList<>();
            for (Object value : values) {
                // An empty item of a Notes document is a list with an empty text.
                if (!"".equals(value)) {
                    list.add(type.apply(value));
                }
            }
        }
        put(name, list == null ? null : Collections.unmodifiableList(list));
    }

    /** What was said so far; later changes do not touch it. */
    Map<String, Object> build() {
        return Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    /** A copy of maps and lists that nobody can change. */
    static Object frozen(Object value) {
        return frozen(value, 2);
    }

    /** At this depth of the document, so that what holds itself has an end. */
    private static Object frozen(Object value, int depth) {
        if (value instanceof Map) {
            JsonWriter.checkDepth(depth);
            Map<String, Object> copy = new LinkedHashMap<>();
            ((Map<?, ?>) value).forEach((k, v) -> copy.put(
                    String.valueOf(k), frozen(v, depth + 1)));
            return Collections.unmodifiableMap(copy);
        }
        if (value instanceof Collection) {
            JsonWriter.checkDepth(depth);
            List<Object> copy = new ArrayList<>();
            ((Collection<?>) value).forEach(item -> copy.add(frozen(item, depth + 1)));
            return Collections.unmodifiableList(copy);
        }
        return value;
    }
}
