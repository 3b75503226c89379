package org.meetbridge.servlet;

import java.io.IOException;

import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

import org.meetbridge.Options;

/** One request: who asks, in which language he reads, and where our pages are. */
final class Visit {
    final HttpServletRequest request;
    final HttpServletResponse response;
    /** The signed-in user; null if nobody is. Only the container says so, never a parameter. */
    final String user;
    final Texts texts;
    /** Stands in the log, in the audit trail and on a page of failure. */
    final String correlationId;
    /** Whether he may give and take back a consent here. */
    final boolean mayConnect;
    private String formToken;

    Visit(HttpServletRequest request, HttpServletResponse response, AuthorizationServlet servlet) {
        this.request = request;
        this.response = response;
        user = Names.signedIn(request.getRemoteUser());
        texts = Texts.forReader(request.getHeader("Accept-Language"));
        correlationId = FormToken.random(6);
        mayConnect = user != null && servlet.mayConnect(user);
    }

    /** What was asked for, below the servlet. */
    String path() {
        String path = request.getPathInfo();
        return path == null || path.isEmpty() ? "/" : path;
    }

    /** The address of one of our pages, as a path on this server. */
    String address(String path) {
        return servlet(request.getRequestURI(), request.getPathInfo()) + path;
    }

    /** The servlet's own path: what was asked for without what lies below. */
    static String servlet(String asked, String below) {
        String servlet = below != null && asked.endsWith(below)
                ? asked.substring(0, asked.length() - below.length()) : asked;
        // Two slashes at the beginning would name another server.
        return servlet.replaceFirst("^[/\\\\]+", "/").replaceFirst("^/$", "");
    }

    /** One for all forms of the page, since the browser keeps one secret. */
    String formToken() {
        if (formToken == null) {
            formToken = FormToken.make(request, response, user);
        }
        return formToken;
    }

    Options.Builder options() {
        return Options.builder().correlationId(correlationId);
    }

    String text(String name, String... values) {
        return texts.get(name, values);
    }

    void show(int status, String title, Html body) throws IOException {
        Answer.page(response, status, texts, title, body);
    }
}
