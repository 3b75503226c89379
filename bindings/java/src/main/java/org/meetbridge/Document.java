package org.meetbridge;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A value that is a document of the library: immutable members under their names. Its getters read
 * them, so that each member is named once, and two values are equal when their members are.
 */
abstract class Document {
    /** What {@link #toString()} never tells: logs are read by many. */
    private static final Set<String> SECRETS = Collections.unmodifiableSet(new HashSet<>(
            Arrays.asList("passcode", "join_url", "start_url", "host_key", "binding", "body", "raw",
                    "icalendar", "provider_options")));

    private final Map<String, Object> members;

    /** The members must not change any more. */
    Document(Map<String, Object> members) {
        this.members = members;
    }

    final Map<String, Object> members() {
        return members;
    }

    final String text(String name) {
        return required(name, String.class);
    }

    final boolean flag(String name) {
        return required(name, Boolean.class);
    }

    final int number(String name) {
        return required(name, Long.class).intValue();
    }

    final long longNumber(String name) {
        return required(name, Long.class);
    }

    final Provider provider(String name) {
        return Provider.of(text(name));
    }

    final Optional<String> optionalText(String name) {
        return optional(name, String.class);
    }

    final Optional<Boolean> optionalFlag(String name) {
        return optional(name, Boolean.class);
    }

    final Optional<Integer> optionalNumber(String name) {
        return optional(name, Long.class).map(Long::intValue);
    }

    final Optional<Provider> optionalProvider(String name) {
        return optionalText(name).map(Provider::of);
    }

    final Instant instant(String name) {
        return Instant.parse(text(name));
    }

    final Optional<Instant> time(String name) {
        return optionalText(name).map(Instant::parse);
    }

    final Optional<URI> address(String name) {
        return optionalText(name).map(Document::uri);
    }

    /** An address as Java takes it: what it refuses where browsers do not is percent-encoded. */
    static URI uri(String text) {
        for (int encoded = -1;;) {
            try {
                return new URI(text);
            } catch (URISyntaxException refused) {
                int at = refused.getIndex();
                if (at <= encoded || at >= text.length()) {
                    throw MeetBridgeException.internal("an address that is none");
                }
                int end = text.offsetByCodePoints(at, 1);
                StringBuilder better = new StringBuilder(text.substring(0, at));
                for (byte b : text.substring(at, end).getBytes(StandardCharsets.UTF_8)) {
                    better.append(String.format("%%%02X", b));
                }
                text = better.append(text, end, text.length()).toString();
                encoded = at;
            }
        }
    }

    final List<String> texts(String name) {
        return list(name, item -> item instanceof String ? (String) item : fail(name));
    }

    /** A member that is an object. */
    final <T> Optional<T> object(String name, Function<Map<String, Object>, T> type) {
        Object found = members.get(name);
        return found == null ? Optional.empty() : Optional.of(type.apply(asObject(name, found)));
    }

    /** A member that is always an object. */
    final <T> T part(String name, Function<Map<String, Object>, T> type) {
        return type.apply(asObject(name, members.get(name)));
    }

    /** A member that is a list of objects. */
    final <T> List<T> objects(String name, Function<Map<String, Object>, T> type) {
        return list(name, item -> type.apply(asObject(name, item)));
    }

    private <T> List<T> list(String name, Function<Object, T> type) {
        List<T> items = new ArrayList<>();
        for (Object item : required(name, List.class)) {
            items.add(type.apply(item));
        }
        return Collections.unmodifiableList(items);
    }

    private <T> Optional<T> optional(String name, Class<T> type) {
        return members.get(name) == null ? Optional.empty() : Optional.of(required(name, type));
    }

    private <T> T required(String name, Class<T> type) {
        Object found = members.get(name);
        return type.isInstance(found) ? type.cast(found) : fail(name);
    }

    @SuppressWarnings("unchecked") // the names of a document's members are texts
    private static Map<String, Object> asObject(String name, Object value) {
        return value instanceof Map ? (Map<String, Object>) value : fail(name);
    }

    private static <T> T fail(String name) {
        throw MeetBridgeException.internal("a document without a good " + name);
    }

    @Override
    public final boolean equals(Object other) {
        return other != null && other.getClass() == getClass()
                && ((Document) other).members.equals(members);
    }

    @Override
    public final int hashCode() {
        return members.hashCode();
    }

    /** The members as text, without anything secret. */
    @Override
    public final String toString() {
        return getClass().getSimpleName() + withoutSecrets(members);
    }

    private static Object withoutSecrets(Object value) {
        if (value instanceof Map) {
            Map<Object, Object> shown = new LinkedHashMap<>();
            ((Map<?, ?>) value).forEach((name, member) -> shown.put(
                    name, SECRETS.contains(name) && member != null ? "…" : withoutSecrets(member)));
            return shown;
        }
        if (value instanceof List) {
            List<Object> shown = new ArrayList<>();
            ((List<?>) value).forEach(item -> shown.add(withoutSecrets(item)));
            return shown;
        }
        return value;
    }
}
