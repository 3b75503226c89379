package org.meetbridge.servlet;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;

import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

import org.meetbridge.Options;

/** One request: who asks, in which language he reads, and where our pages are. */
final class Visit {
    /** The container cannot make parameters of what was sent. */
    static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unreadable(RuntimeException cause) {
            // Not the message, which may hold what was sent: a code, for one.
            super(cause.getClass().getName());
        }
    }

    final HttpServletRequest request;
    final HttpServletResponse response;
    /** The signed-in user; null if nobody is. Only the container says so, never a parameter. */
    final String user;
    final Texts texts;
    /** Stands in the log, in the audit trail and on a page of failure. */
    final String correlationId;
    /** Whether he may give and take back a consent here. */
    final boolean mayConnect;
    private final AuthorizationServlet servlet;
    private String formToken;

    Visit(HttpServletRequest request, HttpServletResponse response, AuthorizationServlet servlet) {
        this.request = request;
        this.response = response;
        this.servlet = servlet;
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

    /** A parameter of the query or the form; null if there is none. */
    String parameter(String name) {
        try {
            return request.getParameter(name);
        } catch (RuntimeException malformed) {
            // Escapes that are none, no UTF-8, too big a form: each container has its exception.
            throw new Unreadable(malformed);
        }
    }

    /**
     * Whether a page of another site sent the browser here. A link in a mail program and an address
     * typed in did not; a browser that does not say is believed.
     */
    boolean isFromElsewhere() {
        return "cross-site".equals(request.getHeader("Sec-Fetch-Site"));
    }

    /** The address of one of our pages, as a path on this server. */
    String address(String path) {
        return servlet(request.getRequestURI(), request.getPathInfo()) + path;
    }

    /**
     * The servlet's own path: what was asked for without what lies below. That is told decoded and
     * without {@code ;jsessionid}, so the steps are counted.
     */
    static String servlet(String asked, String below) {
        String servlet = asked.replaceAll(";[^/]*", "");
        for (int at = 0; below != null && at < below.length(); at++) {
            if (below.charAt(at) == '/') {
                servlet = servlet.substring(0, Math.max(0, servlet.lastIndexOf('/')));
            }
        }
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

    /** Writes one line to the servlet log. */
    void log(String what) {
        // A name with a line break in it must not look like two.
        servlet.log(line(what));
    }

    /** Writes a fault with its trace to the servlet log. */
    void log(Throwable fault) {
        StringWriter trace = new StringWriter();
        fault.printStackTrace(new PrintWriter(trace));
        servlet.log(line("") + trace);
    }

    private String line(String what) {
        return (correlationId + " " + user + ": " + what).replaceAll("\\p{Cntrl}", " ");
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
