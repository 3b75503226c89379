package org.meetbridge.sample;

import java.io.IOException;

import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

import org.meetbridge.AuthorizationRequiredException;
import org.meetbridge.MeetBridge;
import org.meetbridge.MeetBridgeException;
import org.meetbridge.Meeting;
import org.meetbridge.MeetingRequest;
import org.meetbridge.Provider;
import org.meetbridge.Status;

/**
 * Creates the meeting of a calendar entry and answers its invitation as text. A script posts the
 * {@code provider}, the {@code entry}'s key and its {@code icalendar}, with the header
 * {@code X-Requested-With}: another site cannot make a browser send that.
 *
 * <p>For a container of today. Domino's servlet manager has neither {@code getLocale} nor {@code
 * getContextPath}: there the language comes from {@code Accept-Language}, and the path is fixed.
 */
public class MeetingServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String entry = request.getParameter("entry");
        // Without the key a repeated request would make a second meeting.
        if (request.getHeader("X-Requested-With") == null || entry == null || entry.isEmpty()) {
            answer(response, HttpServletResponse.SC_BAD_REQUEST, "not a request of our script");
            return;
        }
        // Who is signed in; never a parameter.
        String user = request.getRemoteUser();
        try {
            Provider provider = Provider.of(request.getParameter("provider"));
            MeetingRequest wish = MeetingRequest.builder()
                    // With it the same request may be made again: it gives the same meeting.
                    .reference(entry)
                    .icalendar(request.getParameter("icalendar"))
                    .build();
            Meeting meeting = MeetBridge.shared().createMeeting(provider, user, wish);
            answer(response, HttpServletResponse.SC_OK, MeetBridge.shared().getInvitation(
                    provider, user, meeting.getId(), request.getLocale()));
        } catch (AuthorizationRequiredException required) {
            // The script opens this page in a new window and repeats its request afterwards.
            answer(response, HttpServletResponse.SC_FORBIDDEN, request.getContextPath()
                    + "/servlet/meetbridge/start?provider=" + required.provider().id());
        } catch (MeetBridgeException failure) {
            log(failure.getStatus() + ": " + failure.getMessage());
            failure.getRetryAfter().ifPresent(wait -> response.setHeader(
                    "Retry-After", String.valueOf(wait.getSeconds())));
            answer(response, httpStatus(failure.getStatus()), failure.getRemedy());
        }
    }

    private static int httpStatus(Status status) {
        switch (status) {
            case INVALID_ARGUMENT:
            case UNKNOWN_PROVIDER:
            case UNSUPPORTED:
            case NOT_A_MEMBER:
            case PROVIDER_REJECTED:
            case LICENSE_REQUIRED:
                return HttpServletResponse.SC_BAD_REQUEST;
            case REFERENCE_CONFLICT:
                // The entry has changed since: its meeting is to be updated.
                return HttpServletResponse.SC_CONFLICT;
            default:
                return HttpServletResponse.SC_SERVICE_UNAVAILABLE;
        }
    }

    private static void answer(HttpServletResponse response, int status, String text)
            throws IOException {
        response.setStatus(status);
        response.setContentType("text/plain; charset=UTF-8");
        response.getWriter().println(text);
    }
}
