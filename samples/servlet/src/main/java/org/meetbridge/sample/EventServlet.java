package org.meetbridge.sample;

import org.meetbridge.WebhookOutcome;
import org.meetbridge.servlet.WebhookServlet;

/** What happens to meetings, as lines of the servlet log. A real host updates its calendar. */
public class EventServlet extends WebhookServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void received(WebhookOutcome outcome) {
        outcome.getEvent()
                // Told before, or caused by a call of this very server: nothing new.
                .filter(event -> !outcome.isDuplicate() && !event.isOwn())
                .ifPresent(event -> log(event.getProvider().id() + " " + event.getType()
                        + " of the calendar entry " + event.getReference().orElse("(none)")));
    }
}
