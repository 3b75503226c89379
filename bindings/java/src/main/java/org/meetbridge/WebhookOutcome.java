package org.meetbridge;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What to answer to a notification, and what happened at the provider. */
public final class WebhookOutcome extends Document {
    WebhookOutcome(Map<String, Object> members) {
        super(members);
    }

    /** {@return the HTTP answer that the host sends back as it is, within three seconds} */
    public Response getRespond() {
        return part("respond", Response::new);
    }

    /** {@return whether this notification was here before and must not be acted upon} */
    public boolean isDuplicate() {
        return flag("duplicate");
    }

    /** {@return what happened} */
    public Optional<Event> getEvent() {
        return object("event", Event::new);
    }

    /** An HTTP answer. */
    public static final class Response extends Document {
        Response(Map<String, Object> members) {
            super(members);
        }

        /** {@return the HTTP status} */
        public int getStatus() {
            return number("status");
        }

        /** {@return the header {@code Content-Type}} */
        public String getContentType() {
            return text("content_type");
        }

        /** {@return the body} */
        public String getBody() {
            return text("body");
        }
    }

    /** What happened at a provider. */
    public static final class Event extends Document {
        Event(Map<String, Object> members) {
            super(members);
        }

        /**
         * {@return what kind of thing: {@code meeting.started}, {@code authorization.revoked},
         * {@code challenge}, {@code other} …}
         */
        public String getType() {
            return text("type");
        }

        /** {@return who sent the notification} */
        public Provider getProvider() {
            return provider("provider");
        }

        /** {@return the meeting; of a series that of the whole} */
        public Optional<String> getMeetingId() {
            return optionalText("meeting_id");
        }

        /** {@return the dates that alone are meant; empty for the whole meeting} */
        public List<String> getOccurrences() {
            return texts("occurrences");
        }

        /** {@return the host's key of the calendar entry} */
        public Optional<String> getReference() {
            return optionalText("reference");
        }

        /** {@return the host's user, where the library knows him} */
        public Optional<String> getUser() {
            return optionalText("user");
        }

        /** {@return the e-mail address of the provider's user} */
        public Optional<String> getEmail() {
            return optionalText("email");
        }

        /** {@return whether a call of this library caused it} */
        public boolean isOwn() {
            return flag("own");
        }

        /** {@return when it happened, where the provider tells} */
        public Optional<Instant> getOccurredAt() {
            return time("occurred_at");
        }

        /**
         * {@return the provider's own document: maps, lists, texts, {@code Long}, {@code
         * BigDecimal} and {@code Boolean}, all unmodifiable; empty for a challenge}
         */
        public Optional<Map<String, Object>> getRaw() {
            return object("raw", members -> members);
        }
    }
}
