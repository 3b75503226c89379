package org.meetbridge;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A call did not do what it was asked to do. The message says what happened, in the language of the
 * settings, and never holds a secret.
 *
 * @serial exclude
 */
public class MeetBridgeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Status status;
    private final String remedy;
    private final Integer retryAfterSeconds;
    private final Provider provider;
    private final Integer providerStatus;
    private final String providerCode;
    private final String trackingId;
    private final ArrayList<String> missingScopes;
    private final String meetingId;

    MeetBridgeException(Status status, String message, String remedy, Throwable cause) {
        super(message, cause);
        this.status = status;
        this.remedy = remedy;
        retryAfterSeconds = null;
        provider = null;
        providerStatus = null;
        providerCode = null;
        trackingId = null;
        missingScopes = new ArrayList<>();
        meetingId = null;
    }

    MeetBridgeException(Failure failure) {
        super(failure.text("message"));
        status = failure.status();
        remedy = failure.text("remedy");
        retryAfterSeconds = failure.optionalNumber("retry_after_seconds").orElse(null);
        provider = failure.optionalProvider("provider").orElse(null);
        providerStatus = failure.optionalNumber("provider_status").orElse(null);
        providerCode = failure.optionalText("provider_code").orElse(null);
        trackingId = failure.optionalText("tracking_id").orElse(null);
        missingScopes = new ArrayList<>(failure.missingScopes());
        meetingId = failure.optionalText("meeting_id").orElse(null);
    }

    /** {@return how the call ended} */
    public Status getStatus() {
        return status;
    }

    /** {@return what the administrator or the user can do, in the language of the settings} */
    public String getRemedy() {
        return remedy;
    }

    /** {@return when to try again, where it is known} */
    public Optional<Duration> getRetryAfter() {
        return Optional.ofNullable(retryAfterSeconds).map(Duration::ofSeconds);
    }

    /** {@return whose failure it is} */
    public Optional<Provider> getProvider() {
        return Optional.ofNullable(provider);
    }

    /** {@return the HTTP status of the provider's answer} */
    public Optional<Integer> getProviderStatus() {
        return Optional.ofNullable(providerStatus);
    }

    /** {@return the provider's own code of the failure} */
    public Optional<String> getProviderCode() {
        return Optional.ofNullable(providerCode);
    }

    /** {@return what the provider's support asks for} */
    public Optional<String> getTrackingId() {
        return Optional.ofNullable(trackingId);
    }

    /** {@return which scopes the consent lacks} */
    public List<String> getMissingScopes() {
        return Collections.unmodifiableList(missingScopes);
    }

    /** {@return with {@link Status#REFERENCE_CONFLICT}: the meeting that has the reference} */
    public Optional<String> getMeetingId() {
        return Optional.ofNullable(meetingId);
    }

    static MeetBridgeException invalidArgument(String what) {
        return new MeetBridgeException(Status.INVALID_ARGUMENT,
                "An argument is not valid. (" + what + ")",
                "Correct the argument that the message names.", null);
    }

    static MeetBridgeException internal(String what) {
        return new MeetBridgeException(Status.INTERNAL,
                "A fault of the library itself. (" + what + ")",
                "Report the message to the maker of the library.", null);
    }

    /** An error document. */
    static final class Failure extends Document {
        Failure(Map<String, Object> members) {
            super(members);
        }

        Status status() {
            return Status.of(longNumber("status"));
        }

        List<String> missingScopes() {
            return members().get("missing_scopes") == null
                    ? Collections.emptyList() : texts("missing_scopes");
        }

        /** The exception of this failure. */
        MeetBridgeException exception() {
            switch (status()) {
                case NOT_AUTHORIZED:
                case REAUTHORIZE:
                case SCOPE_MISSING:
                    // Without a provider there is nothing that the user could start.
                    if (optionalProvider("provider").isPresent()) {
                        return new AuthorizationRequiredException(this);
                    }
                    return new MeetBridgeException(this);
                default:
                    return new MeetBridgeException(this);
            }
        }
    }
}
