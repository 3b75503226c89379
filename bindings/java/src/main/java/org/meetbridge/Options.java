package org.meetbridge;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * What may be said of a call beside its own parameters. An option that an operation does not know
 * is {@link Status#INVALID_ARGUMENT}.
 */
public final class Options extends Document {
    private Options(Map<String, Object> members) {
        super(members);
    }

    /** {@return a builder that has said nothing yet} */
    public static Builder builder() {
        return new Builder();
    }

    /** Says one option after the other; null says nothing. */
    public static final class Builder {
        private final Members members = new Members();

        private Builder() {
        }

        /**
         * How long the call may take, instead of the settings' {@code http.timeout_seconds}.
         *
         * @param timeout 1 millisecond to 5 minutes
         * @return this builder
         */
        public Builder timeout(Duration timeout) {
            members.putMillis("timeout_ms", timeout);
            return this;
        }

        /**
         * Who acts, where it is not the user himself: for the audit trail.
         *
         * @param user as the host names him
         * @return this builder
         */
        public Builder actingUser(String user) {
            members.put("acting_user", user);
            return this;
        }

        /**
         * The host's own name of this call, in every line of the log and in the audit trail.
         *
         * @param id at most 1000 bytes
         * @return this builder
         */
        public Builder correlationId(String id) {
            members.put("correlation_id", id);
            return this;
        }

        /**
         * The app to use, instead of the first that serves the user.
         *
         * @param clientId the app's {@code client_id}
         * @return this builder
         */
        public Builder app(String clientId) {
            members.put("app", clientId);
            return this;
        }

        /**
         * What ties the start of an authorization to its completion.
         *
         * @param hash of a cookie of the browser; the completion must be given what the start was
         * @return this builder
         */
        public Builder binding(String hash) {
            members.put("binding", hash);
            return this;
        }

        /**
         * Whether the answer may hold what makes its reader the host.
         *
         * @param include false unless said
         * @return this builder
         */
        public Builder includeHostSecrets(boolean include) {
            members.put("include_host_secrets", include);
            return this;
        }

        /**
         * Whether what the provider cannot do is left out with a warning instead of being an error.
         *
         * @param bestEffort false unless said
         * @return this builder
         */
        public Builder bestEffort(boolean bestEffort) {
            members.put("best_effort", bestEffort);
            return this;
        }

        /**
         * One date of a repeating meeting.
         *
         * @param date its id, or its original start as {@code 2030-03-11T08:00:00Z}
         * @return this builder
         */
        public Builder occurrence(String date) {
            members.put("occurrence", date);
            return this;
        }

        /**
         * One date of a repeating meeting.
         *
         * @param start its original start
         * @return this builder
         */
        public Builder occurrence(Instant start) {
            return occurrence(start == null ? null : start.toString());
        }

        /**
         * Whether it is no failure that what is to be deleted or ended is not there.
         *
         * @param ignore false unless said
         * @return this builder
         */
        public Builder ignoreMissing(boolean ignore) {
            members.put("ignore_missing", ignore);
            return this;
        }

        /**
         * About how long housekeeping may take.
         *
         * @param budget 1 millisecond to 1 hour; 10 seconds unless said
         * @return this builder
         */
        public Builder budget(Duration budget) {
            members.putMillis("budget_ms", budget);
            return this;
        }

        /** {@return what was said so far} */
        public Options build() {
            return new Options(members.build());
        }
    }
}
