package org.meetbridge;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Who did what for whom, and how it ended. */
public final class AuditEntry extends Document {
    AuditEntry(Map<String, Object> members) {
        super(members);
    }

    /** {@return when the operation began} */
    public Instant getAt() {
        return instant("at");
    }

    /** {@return how long it took} */
    public Duration getTook() {
        return Duration.ofMillis(longNumber("took_ms"));
    }

    /** {@return its name in the C interface, or {@code end_authorization}} */
    public String getOperation() {
        return text("operation");
    }

    /** {@return how it ended; {@link Status#INTERNAL} for what only a newer version knows} */
    public Status getOutcome() {
        return Status.named(text("outcome"));
    }

    /** {@return where} */
    public Optional<Provider> getProvider() {
        return optionalProvider("provider");
    }

    /** {@return through the app of which {@code client_id}} */
    public Optional<String> getApp() {
        return optionalText("app");
    }

    /** {@return for whom} */
    public Optional<String> getUser() {
        return optionalText("user");
    }

    /** {@return who acted, where it was not the user himself} */
    public Optional<String> getActingUser() {
        return optionalText("acting_user");
    }

    /** {@return about which meeting} */
    public Optional<String> getMeetingId() {
        return optionalText("meeting_id");
    }

    /** {@return for which calendar entry} */
    public Optional<String> getReference() {
        return optionalText("reference");
    }

    /** {@return the provider's own name of the last request} */
    public Optional<String> getTrackingId() {
        return optionalText("tracking_id");
    }

    /** {@return the host's own name of the call} */
    public Optional<String> getCorrelationId() {
        return optionalText("correlation_id");
    }
}
