package org.meetbridge.servlet;

/** Markup in the making. What is not ours comes in through {@link #text} alone. */
final class Html {
    private final StringBuilder out = new StringBuilder();

    /** Markup that is written in this package, never anything from outside. */
    Html markup(String markup) {
        out.append(markup);
        return this;
    }

    /** Any text, inside an element or a quoted attribute. */
    Html text(String text) {
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            switch (c) {
                case '&': out.append("&amp;"); break;
                case '<': out.append("&lt;"); break;
                case '>': out.append("&gt;"); break;
                case '"': out.append("&quot;"); break;
                case '\'': out.append("&#39;"); break;
                default: out.append(c);
            }
        }
        return this;
    }

    /** An element that holds a text. */
    Html element(String name, String text) {
        return markup("<" + name + ">").text(text).markup("</" + name + ">");
    }

    /** A link that looks like a button. */
    Html button(String address, String text) {
        return markup("<a class=\"button\" href=\"").text(address).markup("\">").text(text)
                .markup("</a>");
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
