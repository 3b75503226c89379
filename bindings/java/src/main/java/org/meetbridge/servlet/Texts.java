package org.meetbridge.servlet;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;

/**
 * The words of the pages in one language.
 *
 * <p>Properties in UTF-8, read by ourselves: Java 8's resource bundles take Latin-1, and fall back
 * to the language of the server instead of one that the reader knows.
 */
final class Texts {
    /** The first is for those who read none of them. */
    static final List<Texts> ALL;

    static {
        ALL = new ArrayList<>();
        ALL.add(new Texts(Locale.ENGLISH));
        ALL.add(new Texts(Locale.JAPANESE));
    }

    final Locale locale;
    private final Properties texts = new Properties();

    private Texts(Locale locale) {
        this.locale = locale;
        String name = locale.getLanguage() + ".properties";
        try (InputStream file = Texts.class.getResourceAsStream(name);
                Reader reader = new InputStreamReader(file, StandardCharsets.UTF_8)) {
            texts.load(reader);
        } catch (IOException error) {
            throw new UncheckedIOException(name, error);
        }
    }

    /** The best for an {@code Accept-Language}; null and nonsense are fine. */
    static Texts forReader(String acceptLanguage) {
        List<Locale.LanguageRange> wishes = new ArrayList<>();
        try {
            if (acceptLanguage != null) {
                wishes = Locale.LanguageRange.parse(acceptLanguage);
            }
        } catch (IllegalArgumentException malformed) {
            // As if the browser had no wish.
        }
        List<Locale> offers = new ArrayList<>();
        for (Texts texts : ALL) {
            offers.add(texts.locale);
        }
        Locale best = Locale.lookup(wishes, offers);
        return ALL.get(Math.max(0, offers.indexOf(best)));
    }

    /** The text of this name, plain and with its gaps {0}, {1} filled. */
    String get(String name, String... values) {
        String text = texts.getProperty(name, name);
        for (int gap = 0; gap < values.length; gap++) {
            text = text.replace("{" + gap + "}", values[gap]);
        }
        return text;
    }

    boolean has(String name) {
        return texts.containsKey(name);
    }

    /** The first of these names that has a text. */
    String firstOf(String... names) {
        for (String name : names) {
            if (has(name)) {
                return name;
            }
        }
        throw new IllegalArgumentException(String.join(", ", names));
    }

    Set<String> names() {
        return texts.stringPropertyNames();
    }
}
