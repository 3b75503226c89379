package org.meetbridge.servlet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

import javax.servlet.http.HttpServletResponse;

/** How anything leaves the servlet: the frame of a page, and the headers that keep it safe. */
final class Answer {
    private static final String STYLE = resource("page.css");

    /** Nothing is loaded, run or framed. The only style is the one whose hash stands here. */
    private static final String POLICY = "default-src 'none'; style-src 'sha256-" + hash(STYLE)
            + "'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    private Answer() {
    }

    /** Sends a whole page. */
    static void page(HttpServletResponse response, int status, Texts texts, String title, Html body)
            throws IOException {
        Html page = new Html()
                .markup("<!DOCTYPE html>\n<html lang=\"" + texts.locale.getLanguage() + "\">\n")
                .markup("<head>\n<meta charset=\"utf-8\">\n")
                .markup("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n")
                .element("title", title)
                .markup("\n<style>" + STYLE + "</style>\n</head>\n<body>\n<main>\n")
                .element("h1", title)
                .markup("\n" + body + "</main>\n</body>\n</html>\n");
        byte[] bytes = page.toString().getBytes(StandardCharsets.UTF_8);
        protect(response);
        response.setStatus(status);
        response.setContentType("text/html; charset=UTF-8");
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }

    /** Sends the browser to a provider. */
    static void redirect(HttpServletResponse response, String address) throws IOException {
        protect(response);
        response.sendRedirect(address);
    }

    private static void protect(HttpServletResponse response) {
        response.setHeader("Content-Security-Policy", POLICY);
        response.setHeader("X-Frame-Options", "DENY");
        response.setHeader("X-Content-Type-Options", "nosniff");
        // A callback's address holds the code, and where somebody comes from is his own business.
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("Cache-Control", "no-store");
    }

    private static String hash(String style) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(style.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String resource(String name) {
        try (InputStream file = Answer.class.getResourceAsStream(name)) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            byte[] part = new byte[4096];
            for (int read; (read = file.read(part)) > 0; ) {
                bytes.write(part, 0, read);
            }
            return new String(bytes.toByteArray(), StandardCharsets.UTF_8);
        } catch (IOException error) {
            throw new UncheckedIOException(name, error);
        }
    }
}
