package org.meetbridge.servlet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

import org.meetbridge.MeetBridge;
import org.meetbridge.MeetBridgeException;
import org.meetbridge.Options;
import org.meetbridge.Provider;
import org.meetbridge.Status;
import org.meetbridge.WebhookOutcome;

/**
 * The address for the providers' notifications: {@code /zoom} and {@code /webex} below the
 * servlet's own path. It must be reachable without signing in; the library checks each signature.
 *
 * <p>To learn of events, extend it and override {@link #received}.
 */
public class WebhookServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    /** As much as the library takes. Notifications have a few kilobytes. */
    private static final int MAX_BODY = 1 << 20;

    /** For the container. */
    public WebhookServlet() {
        // Nothing to prepare: the library opens at first use.
    }

    /**
     * Is told of each notification that proved where it comes from, before it is answered: be
     * quick, providers wait for three seconds. What is thrown is logged and changes no answer.
     *
     * @param outcome what it says, and whether it was here before
     */
    protected void received(WebhookOutcome outcome) {
        // Not everybody wants to know.
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String correlationId = FormToken.random(6);
        response.setHeader("Cache-Control", "no-store");
        if (!request.getMethod().equals("POST")) {
            response.setHeader("Allow", "POST");
            end(response, HttpServletResponse.SC_METHOD_NOT_ALLOWED);
            return;
        }
        try {
            String path = request.getPathInfo();
            Provider provider = Provider.of(path == null ? "" : path.replaceFirst("^/", ""));
            byte[] body = body(request);
            if (body == null) {
                end(response, HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE);
                return;
            }
            Options options = Options.builder().correlationId(correlationId).build();
            WebhookOutcome outcome =
                    MeetBridge.shared().handleWebhook(provider, headers(request), body, options);
            tell(correlationId, outcome);
            WebhookOutcome.Response answer = outcome.getRespond();
            byte[] bytes = answer.getBody().getBytes(StandardCharsets.UTF_8);
            response.setStatus(answer.getStatus());
            response.setContentType(answer.getContentType());
            response.setContentLength(bytes.length);
            response.getOutputStream().write(bytes);
        } catch (MeetBridgeException failure) {
            log(correlationId + ": " + failure.getStatus() + ": "
                    + failure.getMessage());
            end(response, httpStatus(failure.getStatus()));
        } catch (RuntimeException | LinkageError fault) {
            log(correlationId + ": " + fault);
            end(response, HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
        }
    }

    private void tell(String correlationId, WebhookOutcome outcome) {
        try {
            received(outcome);
        } catch (RuntimeException | Error fault) {
            // The event is taken: sent again it would be a duplicate.
            log(correlationId + " received: " + fault);
        }
    }

    /** All bytes as they came, which the signature is about; null if they are too many. */
    private static byte[] body(HttpServletRequest request) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] part = new byte[8192];
        InputStream input = request.getInputStream();
        for (int read; (read = input.read(part)) > 0; ) {
            if (bytes.size() + read > MAX_BODY) {
                return null;
            }
            bytes.write(part, 0, read);
        }
        return bytes.toByteArray();
    }

    private static Map<String, String> headers(HttpServletRequest request) {
        Map<String, String> headers = new HashMap<>();
        Enumeration<?> names = request.getHeaderNames();
        while (names != null && names.hasMoreElements()) {
            String name = String.valueOf(names.nextElement());
            headers.put(name.toLowerCase(Locale.ROOT), request.getHeader(name));
        }
        return headers;
    }

    private static int httpStatus(Status status) {
        switch (status) {
            case WEBHOOK_UNTRUSTED:
                return HttpServletResponse.SC_UNAUTHORIZED;
            case UNKNOWN_PROVIDER:
                return HttpServletResponse.SC_NOT_FOUND;
            case INVALID_ARGUMENT:
                return HttpServletResponse.SC_BAD_REQUEST;
            default:
                // The provider sends it again.
                return HttpServletResponse.SC_INTERNAL_SERVER_ERROR;
        }
    }

    private static void end(HttpServletResponse response, int status) {
        response.setStatus(status);
        response.setContentLength(0);
    }
}
