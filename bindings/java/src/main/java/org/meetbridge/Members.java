package org.meetbridge;

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
        if (value instanceof Map) {
            Map<String, Object> copy = new LinkedHashMap<>();
            ((Map<?, ?>) value).forEach((k, v) -> copy.put(String.valueOf(k), frozen(v)));
            return Collections.unmodifiableMap(copy);
        }
        if (value instanceof Collection) {
            List<Object> copy = new ArrayList<>();
            ((Collection<?>) value).forEach(item -> copy.add(frozen(item)));
            return Collections.unmodifiableList(copy);
        }
        return value;
    }
}
