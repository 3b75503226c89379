package org.meetbridge;

import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Vector;
import org.meetbridge.testing.Sandbox;

/** Says the step of a scenario in the words of the typed interface. */
final class TypedDoor {
    private TypedDoor() {
    }

    static JsonNode call(MeetBridge bridge, Provider provider, JsonNode step) {
        String user = step.path("user").asText(Sandbox.ANNA);
        String id = text(step, "meeting_id");
        Options options = options(step.get("options"));
        switch (step.get("operation").asText()) {
            case "create_meeting":
                return Told.meeting(bridge.createMeeting(
                        provider, user, request(step.get("meeting")), options));
            case "get_meeting":
                return Told.meeting(options == null ? bridge.getMeeting(provider, user, id)
                        : bridge.getMeeting(provider, user, id, options));
            case "update_meeting":
                return Told.meeting(bridge.updateMeeting(
                        provider, user, id, request(step.get("changes")), options));
            case "delete_meeting":
                bridge.deleteMeeting(provider, user, id, options);
                return Told.JSON.nullNode();
            case "list_meetings":
                return Told.meetings(bridge.listMeetings(
                        provider, user, filter(step.get("filter")), options));
            case "get_invitation":
                Locale language = step.has("language")
                        ? Locale.forLanguageTag(text(step, "language")) : null;
                return Told.JSON.getNodeFactory().textNode(
                        bridge.getInvitation(provider, user, id, language, options));
            default:
                return fail("no operation " + step.get("operation"));
        }
    }

    private static String text(JsonNode object, String name) {
        return object.hasNonNull(name) ? object.get(name).asText() : null;
    }

    private static Options options(JsonNode from) {
        if (from == null) {
            return null;
        }
        Options.Builder to = Options.builder();
        each(from, (name, value) -> {
            switch (name) {
                case "best_effort":
                    to.bestEffort(value.booleanValue());
                    break;
                case "include_host_secrets":
                    to.includeHostSecrets(value.booleanValue());
                    break;
                case "ignore_missing":
                    to.ignoreMissing(value.booleanValue());
                    break;
                case "occurrence":
                    to.occurrence(value.asText());
                    break;
                default:
                    fail("no option " + name);
            }
        });
        return to.build();
    }

    private static Filter filter(JsonNode from) {
        if (from == null) {
            return null;
        }
        Filter.Builder to = Filter.builder();
        each(from, (name, value) -> {
            switch (name) {
                case "from":
                    to.from(OffsetDateTime.parse(value.asText()).toInstant());
                    break;
                case "to":
                    to.to(OffsetDateTime.parse(value.asText()).toInstant());
                    break;
                case "page_size":
                    to.pageSize(value.intValue());
                    break;
                case "next":
                    to.next(value.asText());
                    break;
                default:
                    fail("no filter " + name);
            }
        });
        return to.build();
    }

    private static MeetingRequest request(JsonNode from) {
        MeetingRequest.Builder to = MeetingRequest.builder();
        String zone = text(from, "time_zone");
        if (from.has("start")) {
            start(to, from.get("start").asText(), zone);
        } else if (from.has("dates")) {
            List<LocalDateTime> dates = new ArrayList<>();
            from.get("dates").forEach(date -> dates.add(LocalDateTime.parse(date.asText())));
            to.dates(dates, zone);
        } else {
            to.timeZone(zone);
        }
        each(from, (name, value) -> member(to, name, value));
        return to.build();
    }

    /** Each of the forms in which Java knows times is taken where it can say the same. */
    private static void start(MeetingRequest.Builder to, String start, String zone) {
        boolean exact = start.endsWith("Z") || start.matches(".*[+-]\\d\\d:\\d\\d");
        if (exact && zone == null) {
            to.start(OffsetDateTime.parse(start).toInstant());
        } else if (exact) {
            to.start(Date.from(Instant.parse(start)), zone);
        } else if (zone != null && ZoneId.getAvailableZoneIds().contains(zone)) {
            to.start(LocalDateTime.parse(start).atZone(ZoneId.of(zone)));
        } else {
            to.start(LocalDateTime.parse(start), zone);
        }
    }

    private static void member(MeetingRequest.Builder to, String name, JsonNode value) {
        switch (name) {
            case "start":
            case "dates":
            case "time_zone":
                break;
            case "topic":
                to.topic(value.asText());
                break;
            case "duration_minutes":
                if (value.intValue() % 2 == 0) {
                    to.duration(Duration.ofMinutes(value.intValue()));
                } else {
                    to.duration(value.intValue());
                }
                break;
            case "recurrence":
                if (value.isNull()) {
                    to.noRecurrence();
                } else {
                    to.recurrence(value.asText());
                }
                break;
            case "irregular":
                to.irregular(Irregular.valueOf(value.asText().toUpperCase(Locale.ROOT)));
                break;
            case "reference":
                to.reference(value.asText());
                break;
            case "icalendar":
                to.icalendar(value.asText());
                break;
            case "agenda":
                to.agenda(value.asText());
                break;
            case "invitees":
                to.invitees(invitees(value));
                break;
            case "alternative_hosts":
                Vector<String> hosts = new Vector<>();
                value.forEach(host -> hosts.add(host.asText()));
                to.alternativeHosts(hosts);
                break;
            case "host_email":
                to.hostEmail(value.asText());
                break;
            case "passcode":
                to.passcode(value.asText());
                break;
            case "waiting_room":
                to.waitingRoom(value.booleanValue());
                break;
            case "join_before_host":
                to.joinBeforeHost(value.booleanValue());
                break;
            case "mute_on_entry":
                to.muteOnEntry(value.booleanValue());
                break;
            case "auto_recording":
                to.autoRecording(AutoRecording.valueOf(value.asText().toUpperCase(Locale.ROOT)));
                break;
            case "send_email":
                to.sendEmail(value.booleanValue());
                break;
            case "template_id":
                to.templateId(value.asText());
                break;
            case "provider_options":
                to.providerOptions(Told.JSON.convertValue(
                        value, new TypeReference<Map<String, Object>>() { }));
                break;
            default:
                fail("no member " + name);
        }
    }

    /** Texts where there is no name, in one list with invitees where there is. */
    private static List<Object> invitees(JsonNode from) {
        List<Object> invitees = new ArrayList<>();
        from.forEach(one -> invitees.add(one.has("name")
                ? Invitee.of(text(one, "email"), text(one, "name")) : text(one, "email")));
        return invitees;
    }

    private interface Each {
        void take(String name, JsonNode value);
    }

    private static void each(JsonNode object, Each each) {
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            each.take(member.getKey(), member.getValue());
        }
    }
}
