package org.meetbridge;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Collection;
import java.util.Date;
import java.util.Map;

/**
 * A meeting to create, or what is to be otherwise about one. A new meeting needs a topic, a
 * duration and either a start or dates; or a calendar entry instead.
 *
 * <p>Zones are named as IANA does ({@code Asia/Tokyo}), as Windows does ({@code Tokyo Standard
 * Time}), or by the text of Notes ({@code Z=-9$DO=0$ZX=74$ZN=Tokyo}).
 */
public final class MeetingRequest extends Document {
    private MeetingRequest(Map<String, Object> members) {
        super(members);
    }

    /** {@return a builder that has said nothing yet} */
    public static Builder builder() {
        return new Builder();
    }

    /** Says one thing after the other; null says nothing. */
    public static final class Builder {
        private final Members members = new Members();

        private Builder() {
        }

        /**
         * What the meeting is about. What is too long for the provider is cut, with a warning.
         *
         * @param topic not blank
         * @return this builder
         */
        public Builder topic(String topic) {
            members.put("topic", topic);
            return this;
        }

        /**
         * When the meeting begins, and the zone in which people are shown it.
         *
         * @param start the instant
         * @param zone the zone, or null
         * @return this builder
         */
        public Builder start(Date start, String zone) {
            members.put("start", start == null ? null : instant(start).toString());
            return timeZone(zone);
        }

        /**
         * When the meeting begins, in the zone in which people are shown it.
         *
         * @param start with its zone; where that is a mere offset, no zone is said
         * @return this builder
         */
        public Builder start(ZonedDateTime start) {
            if (start == null || isOffset(start.getZone())) {
                members.put("start", start == null ? null : start.toInstant().toString());
                return timeZone(null);
            }
            members.put("start", start.toOffsetDateTime().toString());
            return timeZone(start.getZone().getId());
        }

        /**
         * When the meeting begins, as the clocks of a zone show it.
         *
         * @param start the local time
         * @param zone the zone
         * @return this builder
         */
        public Builder start(LocalDateTime start, String zone) {
            members.put("start", start == null ? null : start.toString());
            return timeZone(zone);
        }

        /**
         * When the meeting begins; people are shown it in UTC or in the host's own zone.
         *
         * @param start the instant
         * @return this builder
         */
        public Builder start(Instant start) {
            members.put("start", start == null ? null : start.toString());
            return timeZone(null);
        }

        /**
         * When the meeting begins; people are shown it in UTC or in the host's own zone.
         *
         * @param start with its offset, which says nothing about a zone
         * @return this builder
         */
        public Builder start(OffsetDateTime start) {
            return start(start == null ? null : start.toInstant());
        }

        /**
         * All the beginnings of a meeting that is held several times, in any order, instead of a
         * start. Domino keeps repeats as such lists.
         *
         * @param dates 1 to 1000 of {@link Date}, {@link Instant}, {@link ZonedDateTime},
         *        {@link OffsetDateTime} or {@link LocalDateTime}
         * @param zone the zone
         * @return this builder
         */
        public Builder dates(Collection<?> dates, String zone) {
            members.put("dates", dates, Builder::date);
            return timeZone(zone);
        }

        /**
         * The zone of times that name none, as those of a calendar entry may. The methods that take
         * times say it themselves.
         *
         * @param zone the zone
         * @return this builder
         */
        public Builder timeZone(String zone) {
            members.put("time_zone", zone);
            return this;
        }

        /**
         * How long each meeting lasts.
         *
         * @param duration a begun minute counts
         * @return this builder
         */
        public Builder duration(Duration duration) {
            if (duration == null) {
                members.put("duration_minutes", null);
            } else {
                boolean begun = !duration.equals(Duration.ofMinutes(duration.toMinutes()));
                members.put("duration_minutes", duration.toMinutes() + (begun ? 1 : 0));
            }
            return this;
        }

        /**
         * How long each meeting lasts.
         *
         * @param minutes at least 1
         * @return this builder
         */
        public Builder duration(int minutes) {
            members.put("duration_minutes", (long) minutes);
            return this;
        }

        /**
         * A calendar entry, instead of the times that it holds.
         *
         * @param icalendar as {@code NotesCalendarEntry.Read} gives it (RFC 5545)
         * @return this builder
         */
        public Builder icalendar(String icalendar) {
            members.put("icalendar", icalendar);
            return this;
        }

        /**
         * The host's key of the calendar entry, for Domino the ApptUNID. There is at most one
         * meeting for it, whatever happens to answers, connections and processes.
         *
         * @param reference 1 to 255 bytes
         * @return this builder
         */
        public Builder reference(String reference) {
            members.put("reference", reference);
            return this;
        }

        /**
         * A longer description. What is too long for the provider is cut, with a warning.
         *
         * @param agenda in a change, an empty one takes it away
         * @return this builder
         */
        public Builder agenda(String agenda) {
            members.put("agenda", agenda);
            return this;
        }

        /**
         * How the meeting repeats.
         *
         * @param rule of RFC 5545, for example {@code FREQ=WEEKLY;BYDAY=MO;COUNT=10}
         * @return this builder
         */
        public Builder recurrence(String rule) {
            members.put("recurrence", rule);
            return this;
        }

        /**
         * Ends the repetition, in a change.
         *
         * @return this builder
         */
        public Builder noRecurrence() {
            members.putNull("recurrence");
            return this;
        }

        /**
         * What to do with dates that the provider cannot repeat.
         *
         * @param irregular an error unless said
         * @return this builder
         */
        public Builder irregular(Irregular irregular) {
            members.put("irregular", irregular == null ? null : irregular.id());
            return this;
        }

        /**
         * Whom the provider should know as invited; in a change, instead of those before.
         *
         * @param invitees of {@link String} (addresses; empty ones are left out) or
         *        {@link Invitee}
         * @return this builder
         */
        public Builder invitees(Collection<?> invitees) {
            members.put("invitees", invitees, Builder::invitee);
            return this;
        }

        /**
         * Who may start the meeting instead of the host; in a change, instead of those before.
         *
         * @param emails their addresses, as texts; empty ones are left out
         * @return this builder
         */
        public Builder alternativeHosts(Collection<?> emails) {
            members.put("alternative_hosts", emails, Builder::email);
            return this;
        }

        /**
         * Whose meeting it is, for apps of an administrator.
         *
         * @param email his address at the provider
         * @return this builder
         */
        public Builder hostEmail(String email) {
            members.put("host_email", email);
            return this;
        }

        /**
         * What participants must know; without it the provider decides.
         *
         * @param passcode within the provider's rules
         * @return this builder
         */
        public Builder passcode(String passcode) {
            members.put("passcode", passcode);
            return this;
        }

        /**
         * Whether participants wait until they are admitted.
         *
         * @param on as the provider has it unless said
         * @return this builder
         */
        public Builder waitingRoom(boolean on) {
            members.put("waiting_room", on);
            return this;
        }

        /**
         * Whether participants may join before the host.
         *
         * @param on as the provider has it unless said
         * @return this builder
         */
        public Builder joinBeforeHost(boolean on) {
            members.put("join_before_host", on);
            return this;
        }

        /**
         * Whether participants join muted; Webex cannot set it for one meeting.
         *
         * @param on as the provider has it unless said
         * @return this builder
         */
        public Builder muteOnEntry(boolean on) {
            members.put("mute_on_entry", on);
            return this;
        }

        /**
         * Whether the meeting is recorded, and where.
         *
         * @param recording as the provider has it unless said
         * @return this builder
         */
        public Builder autoRecording(AutoRecording recording) {
            members.put("auto_recording", recording == null ? null : recording.id());
            return this;
        }

        /**
         * Whether the provider writes mails about this meeting.
         *
         * @param send false unless said: the groupware does it
         * @return this builder
         */
        public Builder sendEmail(boolean send) {
            members.put("send_email", send);
            return this;
        }

        /**
         * A meeting template; settled at creation.
         *
         * @param id the provider's
         * @return this builder
         */
        public Builder templateId(String id) {
            members.put("template_id", id);
            return this;
        }

        /**
         * Members of the provider's own request, laid over what the library sends, unchecked.
         *
         * @param options maps, collections, texts, numbers and truths
         * @return this builder
         */
        public Builder providerOptions(Map<String, ?> options) {
            members.put("provider_options", Members.frozen(options));
            return this;
        }

        /** {@return what was said so far} */
        public MeetingRequest build() {
            return new MeetingRequest(members.build());
        }

        private static Instant instant(Date date) {
            // Not toInstant(): those of java.sql refuse it.
            return Instant.ofEpochMilli(date.getTime());
        }

        private static boolean isOffset(ZoneId zone) {
            return zone.normalized() instanceof ZoneOffset && !zone.getId().contains("/");
        }

        private static Object date(Object date) {
            if (date instanceof Date) {
                return instant((Date) date).toString();
            }
            if (date instanceof ZonedDateTime) {
                return ((ZonedDateTime) date).toInstant().toString();
            }
            if (date instanceof OffsetDateTime) {
                return ((OffsetDateTime) date).toInstant().toString();
            }
            if (date instanceof Instant || date instanceof LocalDateTime) {
                return date.toString();
            }
            throw wrong("dates", date);
        }

        private static Object invitee(Object invitee) {
            if (invitee instanceof String) {
                return Invitee.of((String) invitee).members();
            }
            if (invitee instanceof Invitee) {
                return ((Invitee) invitee).members();
            }
            throw wrong("invitees", invitee);
        }

        private static Object email(Object email) {
            if (email instanceof String) {
                return email;
            }
            throw wrong("alternative_hosts", email);
        }

        private static MeetBridgeException wrong(String member, Object item) {
            String type = item == null ? "null" : item.getClass().getName();
            return MeetBridgeException.invalidArgument(
                    "meeting." + member + ": cannot hold " + type);
        }
    }
}
