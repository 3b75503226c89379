package org.meetbridge;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The arguments of one call as the native side reads them: of each its length (four bytes, the
 * highest first; -1 for null) and its bytes. One array crosses the border far faster than several
 * texts do.
 */
final class Arguments {
    private final List<Utf8> parts = new ArrayList<>(5);
    private int length;

    /** The first two of most operations. */
    static Arguments of(Provider provider, String user) {
        return new Arguments().provider(provider).text(user);
    }

    Arguments text(String text) {
        return bytes(text == null ? null : Utf8.of(text));
    }

    Arguments bytes(byte[] bytes) {
        return part(bytes == null ? null : new Utf8(bytes));
    }

    Arguments provider(Provider provider) {
        return text(provider == null ? null : provider.id());
    }

    Arguments document(Document document) {
        return document(document == null ? null : document.members());
    }

    Arguments document(Map<String, ?> members) {
        if (members == null) {
            return part(null);
        }
        Utf8 json = new Utf8(256);
        JsonWriter.write(json, members);
        return part(json);
    }

    private Arguments part(Utf8 part) {
        parts.add(part);
        length += 4 + (part == null ? 0 : part.length());
        return this;
    }

    /** All of them in one array, which has exactly this length. */
    byte[] framed() {
        Utf8 frame = new Utf8(length);
        for (Utf8 part : parts) {
            frame.putInt(part == null ? -1 : part.length());
            if (part != null) {
                frame.put(part.array(), 0, part.length());
            }
        }
        return frame.array();
    }
}
