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
 */
public class MeetingServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (request.getHeader("X-Requested-With") == null) {
            response.sendError(HttpServletResponse.SC_FORBIDDEN);
            return;
        }
        // Who is signed in; never a parameter.
        String user = request.getRemoteUser();
        try {
            Provider provider = Provider.of(request.getParameter("provider"));
            MeetingRequest wish = MeetingRequest.builder()
                    // With it the same request may be made again: it gives the same meeting.
                    .reference(request.getParameter("entry"))
                    .icalendar(request.getParameter("icalendar"))
                    .build();
            Meeting meeting = MeetBridge.shared().createMeeting(provider, user, wish);
            answer(response, HttpServletResponse.SC_OK, MeetBridge.shared().getInvitation(
                    provider, user, meeting.getId(), request.getLocale()));
        } catch (AuthorizationRequiredException required) {
            // The script opens this page in a new window and repeats its request afterwards.
            answer(response, HttpServletResponse.SC_CONFLICT, request.getContextPath()
                    + "/servlet/meetbridge/start?provider=" + required.provider().id());
        } catch (MeetBridgeException failure) {
            log(failure.getStatus() + ": " + failure.getMessage());
            failure.getRetryAfter().ifPresent(wait -> response.setHeader(
                    "Retry-After", String.valueOf(wait.getSeconds())));
            boolean isCaller = failure.getStatus() == Status.INVALID_ARGUMENT;
            answer(response, isCaller ? HttpServletResponse.SC_BAD_REQUEST
                    : HttpServletResponse.SC_SERVICE_UNAVAILABLE, failure.getRemedy());
        }
    }

    private static void answer(HttpServletResponse response, int status, String text)
            throws IOException {
        response.setStatus(status);
        response.setContentType("text/plain; charset=UTF-8");
        response.getWriter().println(text);
    }
}
