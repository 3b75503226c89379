package org.meetbridge;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A part of a list. It may be shorter than asked for, even empty, and still not be the last.
 *
 * @param <T> what is listed
 */
public final class Page<T> extends Document implements Iterable<T> {
    private final List<T> items;

    /** What is listed stands under a name of its own in each kind of page. */
    Page(Map<String, Object> members, String name, Function<Map<String, Object>, T> type) {
        super(members);
        items = objects(name, type);
    }

    /** {@return what is listed, in the order of the answer} */
    public List<T> getItems() {
        return items;
    }

    /** {@return what {@link Filter#after} takes for the following part; empty after the last} */
    public Optional<String> getNext() {
        return optionalText("next");
    }

    @Override
    public Iterator<T> iterator() {
        return items.iterator();
    }
}
