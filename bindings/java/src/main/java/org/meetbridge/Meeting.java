package org.meetbridge;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A meeting as the provider has it. */
public final class Meeting extends Document {
    Meeting(Map<String, Object> members) {
        super(members);
    }

    /** {@return where the meeting is} */
    public Provider getProvider() {
        return provider("provider");
    }

    /** {@return what names the meeting in later calls} */
    public String getId() {
        return text("id");
    }

    /** {@return the provider's name of this very instance} */
    public Optional<String> getUuid() {
        return optionalText("uuid");
    }

    /** {@return what people dial or type, without spaces} */
    public Optional<String> getNumber() {
        return optionalText("number");
    }

    /** {@return what it is about} */
    public Optional<String> getTopic() {
        return optionalText("topic");
    }

    /** {@return when it begins; of a repeating one its first date, empty without a fixed time} */
    public Optional<Instant> getStart() {
        return time("start");
    }

    /** {@return the zone it is kept in, by its IANA name} */
    public Optional<String> getTimeZone() {
        return optionalText("time_zone");
    }

    /** {@return how long each meeting lasts} */
    public Optional<Integer> getDurationMinutes() {
        return optionalNumber("duration_minutes");
    }

    /** {@return the link for participants; empty where the consent does not allow to read} */
    public Optional<URI> getJoinUrl() {
        return address("join_url");
    }

    /** {@return what participants must know} */
    public Optional<String> getPasscode() {
        return optionalText("passcode");
    }

    /** {@return the provider's user who owns the meeting} */
    public Optional<Host> getHost() {
        return object("host", Host::new);
    }

    /** {@return telephone numbers} */
    public List<DialIn> getDialIn() {
        return objects("dial_in", DialIn::new);
    }

    /** {@return the address for room systems} */
    public Optional<String> getSip() {
        return optionalText("sip");
    }

    /** {@return the dates of a repeating meeting} */
    public List<Occurrence> getOccurrences() {
        return objects("occurrences", Occurrence::new);
    }

    /** {@return the host's key of the calendar entry} */
    public Optional<String> getReference() {
        return optionalText("reference");
    }

    /** {@return whether a creation found the meeting there already} */
    public boolean isExisting() {
        return flag("existing");
    }

    /** {@return what was done otherwise than asked, or is not complete} */
    public List<Warning> getWarnings() {
        return objects("warnings", Warning::new);
    }

    /**
     * {@return what makes its reader the host: never store or show it; only with {@link
     * Options.Builder#includeHostSecrets}}
     */
    public Optional<URI> getStartUrl() {
        return address("start_url");
    }

    /**
     * {@return what makes its reader the host; only with {@link
     * Options.Builder#includeHostSecrets}}
     */
    public Optional<String> getHostKey() {
        return optionalText("host_key");
    }

    /** A provider's user. */
    public static final class Host extends Document {
        Host(Map<String, Object> members) {
            super(members);
        }

        /** {@return the provider's name of the user} */
        public Optional<String> getId() {
            return optionalText("id");
        }

        /** {@return the user's e-mail address} */
        public Optional<String> getEmail() {
            return optionalText("email");
        }

        /** {@return the user's name} */
        public Optional<String> getName() {
            return optionalText("name");
        }
    }

    /** A telephone number. */
    public static final class DialIn extends Document {
        DialIn(Map<String, Object> members) {
            super(members);
        }

        /** {@return what to dial} */
        public String getNumber() {
            return text("number");
        }

        /** {@return what the provider calls the number} */
        public Optional<String> getLabel() {
            return optionalText("label");
        }

        /** {@return where the number is (ISO 3166)} */
        public Optional<String> getCountry() {
            return optionalText("country");
        }

        /** {@return whether the call costs the caller nothing} */
        public Optional<Boolean> getTollFree() {
            return optionalFlag("toll_free");
        }
    }

    /** A date of a repeating meeting. */
    public static final class Occurrence extends Document {
        Occurrence(Map<String, Object> members) {
            super(members);
        }

        /** {@return what names the date in {@link Options.Builder#occurrence}} */
        public String getId() {
            return text("id");
        }

        /** {@return when it begins} */
        public Optional<Instant> getStart() {
            return time("start");
        }

        /** {@return how long it lasts} */
        public Optional<Integer> getDurationMinutes() {
            return optionalNumber("duration_minutes");
        }

        /** {@return the link for participants, where this date has one of its own} */
        public Optional<URI> getJoinUrl() {
            return address("join_url");
        }
    }

    /** What was done otherwise than asked. */
    public static final class Warning extends Document {
        Warning(Map<String, Object> members) {
            super(members);
        }

        /** {@return the member of the request} */
        public String getField() {
            return text("field");
        }

        /** {@return what was done instead} */
        public String getMessage() {
            return text("message");
        }
    }
}
