package org.meetbridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.meetbridge.World.fails;
import static org.meetbridge.World.meeting;
import static org.meetbridge.testing.Sandbox.ANNA;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.Locale;
import java.util.Optional;
import java.util.Vector;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MeetingTest {
    private static final String TOKYO = "Z=-9$DO=0$ZX=74$ZN=Tokyo";

    private static World world;
    private static MeetBridge bridge;

    @BeforeAll
    static void authorize() {
        world = new World();
        bridge = world.bridge;
        world.authorize(Provider.ZOOM, ANNA);
        world.authorize(Provider.WEBEX, ANNA);
    }

    @AfterAll
    static void close() {
        world.close();
    }

    /** What the provider was last sent. */
    private static String lastBodies() {
        StringBuilder bodies = new StringBuilder();
        for (JsonNode request : world.sandbox.control("GET", "requests", null)) {
            bodies.append(request.path("body"));
        }
        return bodies.toString();
    }

    @ParameterizedTest
    @EnumSource
    @SuppressWarnings({"rawtypes", "unchecked"}) // as lotus.domino gives the values of an item
    void itemsOfADocumentServeAsTheyAre(Provider provider) {
        Vector addresses = new Vector();
        addresses.add("from-a-vector@example.org");
        addresses.add("");
        addresses.add(Invitee.of("with-a-name@example.org", "来客"));
        bridge.createMeeting(provider, ANNA, meeting().invitees(addresses).build());
        String bodies = lastBodies();
        assertTrue(bodies.contains("from-a-vector@example.org"), bodies);
        assertTrue(bodies.contains("with-a-name@example.org"), bodies);

        Vector empty = new Vector(Collections.singleton(""));
        MeetingRequest nobody = meeting().invitees(empty).alternativeHosts(empty).build();
        assertEquals(Collections.emptyList(), nobody.members().get("invitees"));
        bridge.createMeeting(provider, ANNA, nobody);

        Vector wrong = new Vector(Collections.singleton(new Date()));
        String message = fails(Status.INVALID_ARGUMENT, () -> meeting().invitees(wrong))
                .getMessage();
        assertTrue(message.contains("invitees") && message.contains("java.util.Date"), message);
        fails(Status.INVALID_ARGUMENT, () -> meeting().alternativeHosts(wrong));
        fails(Status.INVALID_ARGUMENT, () -> meeting().dates(addresses, "UTC"));
    }

    @ParameterizedTest
    @EnumSource
    void datesAndZonesAreSaidInEveryForm(Provider provider) {
        Instant at = Instant.parse("2030-03-04T01:00:00Z");
        ZonedDateTime there = at.atZone(ZoneId.of("Asia/Tokyo"));
        for (MeetingRequest.Builder request : Arrays.asList(
                meeting().start(Date.from(at), TOKYO),
                meeting().start(new java.sql.Timestamp(at.toEpochMilli()), "Asia/Tokyo"),
                meeting().start(there),
                meeting().start(there.toLocalDateTime(), "Tokyo Standard Time"))) {
            Meeting created = bridge.createMeeting(provider, ANNA, request.build());
            assertEquals(Optional.of(at), created.getStart());
            assertEquals(Optional.of("Asia/Tokyo"), created.getTimeZone());
        }
        for (MeetingRequest.Builder request : Arrays.asList(meeting().start(at),
                meeting().start(at.atZone(ZoneId.of("+09:00"))),
                meeting().start(at.atZone(ZoneId.of("GMT+9"))))) {
            MeetingRequest built = request.build();
            assertTrue(!built.members().containsKey("time_zone"), built.toString());
            Meeting created = bridge.createMeeting(provider, ANNA, built);
            assertEquals(Optional.of(at), created.getStart());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aListOfDatesAsDominoKeepsThem(Provider provider) {
        // The last Tuesdays of three months, at ten in Tokyo, in each form that Java has.
        Vector<Object> dates = new Vector<>(Arrays.asList(
                Date.from(Instant.parse("2030-02-26T01:00:00Z")),
                LocalDateTime.of(2030, 1, 29, 10, 0),
                ZonedDateTime.parse("2030-03-26T02:00:00+01:00[Europe/Berlin]")));
        Meeting created = bridge.createMeeting(
                provider, ANNA, meeting().start((Instant) null).dates(dates, TOKYO).build());
        assertEquals(Arrays.asList("2030-01-29T01:00:00Z", "2030-02-26T01:00:00Z",
                "2030-03-26T01:00:00Z"), created.getOccurrences().stream()
                .map(one -> one.getStart().get().toString()).collect(Collectors.toList()));
        assertEquals(Optional.of("Asia/Tokyo"), created.getTimeZone());
    }

    @ParameterizedTest
    @EnumSource
    void everyCharacterArrives(Provider provider) {
        String topic = "毎週 🗓 \"quoted\" \\ <b>&amp; ' é\u0301 \u2028 🏳️‍🌈";
        Meeting created =
                bridge.createMeeting(provider, ANNA, meeting().topic(topic).build());
        assertEquals(Optional.of(topic), created.getTopic());
        assertEquals(Optional.of(topic),
                bridge.getMeeting(provider, ANNA, created.getId()).getTopic());
        assertTrue(bridge.getInvitation(provider, ANNA, created.getId(), Locale.JAPAN)
                .contains("🗓"));
        // Half a character could name somebody else if it were replaced.
        String half = "Anna\ud83d";
        fails(Status.INVALID_ARGUMENT, () -> bridge.getAuthorization(provider, half));
        fails(Status.INVALID_ARGUMENT, () -> bridge.createMeeting(
                provider, ANNA, meeting().topic(half).build()));
        fails(Status.INVALID_ARGUMENT, () -> bridge.getAuthorization(provider, "An\0na"));
        fails(Status.INVALID_ARGUMENT, () -> bridge.getMeeting(provider, ANNA, "1\0"));
    }

    @Test
    void whatMustNotBeNullIsNamed() {
        Provider zoom = Provider.ZOOM;
        MeetingRequest request = meeting().build();
        assertTrue(fails(Status.INVALID_ARGUMENT, () -> bridge.createMeeting(null, ANNA, request))
                .getMessage().contains("provider"));
        assertTrue(fails(Status.INVALID_ARGUMENT, () -> bridge.createMeeting(zoom, null, request))
                .getMessage().contains("user"));
        assertTrue(fails(Status.INVALID_ARGUMENT, () -> bridge.createMeeting(zoom, ANNA, null))
                .getMessage().contains("meeting"));
        assertTrue(fails(Status.INVALID_ARGUMENT, () -> bridge.getMeeting(zoom, ANNA, null))
                .getMessage().contains("meeting_id"));
        assertTrue(fails(Status.INVALID_ARGUMENT, () -> bridge.completeAuthorization(ANNA, null))
                .getMessage().contains("callback"));
        assertTrue(fails(Status.INVALID_ARGUMENT,
                () -> bridge.handleWebhook(zoom, Collections.emptyMap(), null))
                .getMessage().contains("body"));
        fails(Status.INVALID_ARGUMENT, () -> bridge.handleWebhook(zoom, null, new byte[0]));
        fails(Status.INVALID_ARGUMENT, () -> bridge.renameUser(ANNA, null));
        fails(Status.INVALID_ARGUMENT, () -> bridge.forgetUser(null));
        fails(Status.INVALID_ARGUMENT, () -> bridge.reload((String) null));
        fails(Status.INVALID_ARGUMENT, () -> MeetBridge.open((String) null));
        fails(Status.UNKNOWN_PROVIDER, () -> Provider.of("teams"));
        fails(Status.UNKNOWN_PROVIDER, () -> Provider.of(null));
        // What may be left out is left out.
        bridge.listMeetings(zoom, ANNA, null);
        bridge.startAuthorization(zoom, ANNA, null, null);
        bridge.createMeeting(zoom, ANNA, meeting().agenda("x").agenda(null).invitees(null)
                .irregular(null).autoRecording(null).providerOptions(null).recurrence(null)
                .build(), null);
    }

    @Test
    void aLimitSaysWhenToComeBack() {
        world.sandbox.control("POST", "faults", "{\"route\":\"zoom.create_meeting\","
                + "\"kind\":\"status\",\"code\":429,\"headers\":{\"retry-after\":\"77\"}}");
        MeetBridgeException limited = fails(Status.RATE_LIMITED, () -> bridge.createMeeting(
                Provider.ZOOM, ANNA, meeting().build(),
                Options.builder().timeout(Duration.ofSeconds(9)).build()));
        Duration retryAfter = limited.getRetryAfter().get();
        assertTrue(retryAfter.compareTo(Duration.ofSeconds(60)) > 0, retryAfter.toString());
        assertEquals(Optional.of(429), limited.getProviderStatus());
        assertEquals(Optional.of(Provider.ZOOM), limited.getProvider());
    }

    @Test
    void optionsReachTheCall() {
        Options options = Options.builder().timeout(Duration.ofSeconds(20)).app("nobody's")
                .actingUser("Secretary/Acme").correlationId("agent-1").build();
        fails(Status.UNKNOWN_PROVIDER, () -> bridge.createMeeting(
                Provider.ZOOM, ANNA, meeting().build(), options));
        fails(Status.INVALID_ARGUMENT, () -> bridge.getMeeting(Provider.ZOOM, ANNA, "1",
                Options.builder().budget(Duration.ofSeconds(1)).build()));
        fails(Status.INVALID_ARGUMENT, () -> bridge.maintain(
                Options.builder().timeout(Duration.ZERO).build()));
    }
}
