package org.meetbridge;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a user's consent stands. Never holds a token. */
public final class Authorization extends Document {
    Authorization(Map<String, Object> members) {
        super(members);
    }

    /** {@return where the user consented} */
    public Provider getProvider() {
        return provider("provider");
    }

    /** {@return who consented, as the host wrote his name} */
    public String getUser() {
        return text("user");
    }

    /** {@return the app's {@code client_id}} */
    public String getApp() {
        return text("app");
    }

    /** {@return whether it works, or the user must authorize again} */
    public State getState() {
        return State.of(text("state"));
    }

    /**
     * {@return why the user must authorize again: {@code expired}, {@code scopes_changed}, {@code
     * superseded}, {@code removed} or {@code unknown}}
     */
    public Optional<String> getReason() {
        return optionalText("reason");
    }

    /** {@return what the user consented to} */
    public List<String> getScopes() {
        return texts("scopes");
    }

    /** {@return whose account it is; empty until the provider tells} */
    public Optional<Account> getAccount() {
        return object("account", Account::new);
    }

    /** {@return when the user consented} */
    public Optional<Instant> getAuthorizedAt() {
        return time("authorized_at");
    }

    /** {@return when the tokens were last renewed} */
    public Optional<Instant> getRefreshedAt() {
        return time("refreshed_at");
    }

    /** {@return when the access token ends; the authorization does not end then} */
    public Optional<Instant> getExpiresAt() {
        return time("expires_at");
    }

    /** Whether an authorization works. */
    public enum State {
        /** It works. */
        AUTHORIZED,
        /** The user must authorize again. */
        REAUTHORIZE;

        static State of(String name) {
            return name.equals("authorized") ? AUTHORIZED : REAUTHORIZE;
        }
    }

    /** An account at the provider. */
    public static final class Account extends Document {
        Account(Map<String, Object> members) {
            super(members);
        }

        /** {@return the account or organization} */
        public Optional<String> getId() {
            return optionalText("id");
        }

        /** {@return the user there} */
        public Optional<String> getUserId() {
            return optionalText("user_id");
        }

        /** {@return the user's e-mail address there} */
        public Optional<String> getEmail() {
            return optionalText("email");
        }
    }
}
