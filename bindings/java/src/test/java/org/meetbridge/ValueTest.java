package org.meetbridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.meetbridge.World.fails;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ValueTest {
    private static final String MEETING = "{\"provider\":\"zoom\",\"id\":\"1\",\"uuid\":null,"
            + "\"number\":\"1\",\"topic\":\"T\",\"start\":null,\"time_zone\":null,"
            + "\"duration_minutes\":null,\"join_url\":\"https://z.example/j/1?pwd=hidden1\","
            + "\"passcode\":\"hidden2\",\"host\":null,\"dial_in\":[{\"number\":\"+1\"}],"
            + "\"sip\":null,\"occurrences\":[{\"id\":\"2\",\"join_url\":\"https://z/?hidden3\"}],"
            + "\"reference\":null,\"existing\":false,\"warnings\":[],"
            + "\"start_url\":\"https://z/s?zak=hidden4\",\"host_key\":\"hidden5\",\"later\":1}";

    private static Meeting meeting(String json) {
        return new Meeting(JsonReader.read(json));
    }

    @Test
    void equalMembersMakeEqualValues() {
        Meeting one = meeting(MEETING);
        assertEquals(one, meeting(MEETING));
        assertEquals(one.hashCode(), meeting(MEETING).hashCode());
        assertNotEquals(one, meeting(MEETING.replace("\"T\"", "\"U\"")));
        assertNotEquals(one, null);
        assertNotEquals(Invitee.of("a@b"), Options.builder().build());
        assertEquals(one.getDialIn(), meeting(MEETING).getDialIn());
    }

    @Test
    void nothingSecretIsInTheText() {
        String text = meeting(MEETING).toString();
        assertTrue(text.startsWith("Meeting{provider=zoom, id=1"), text);
        assertFalse(text.contains("hidden"), text);
        String request = MeetingRequest.builder().topic("T").passcode("hidden")
                .providerOptions(Collections.singletonMap("password", "hidden"))
                .icalendar("hidden").build().toString();
        assertFalse(request.contains("hidden"), request);
        assertTrue(request.contains("topic=T"), request);
        assertFalse(Options.builder().binding("hidden").build().toString().contains("hidden"));
    }

    @Test
    void nobodyChangesAValue() {
        Meeting one = meeting(MEETING);
        assertThrows(UnsupportedOperationException.class, () -> one.getOccurrences().clear());
        assertThrows(UnsupportedOperationException.class, () -> one.members().clear());

        Map<String, Object> inner = new HashMap<>(Collections.singletonMap("a", 1));
        List<Object> list = new ArrayList<>(Collections.singletonList(inner));
        List<String> hosts = new ArrayList<>(Collections.singletonList("a@b"));
        MeetingRequest.Builder builder = MeetingRequest.builder().topic("before")
                .providerOptions(Collections.singletonMap("list", list)).alternativeHosts(hosts);
        MeetingRequest built = builder.build();
        String before = built.members().toString();
        inner.put("b", 2);
        list.clear();
        hosts.clear();
        builder.topic("after").passcode("x");
        assertEquals(before, built.members().toString());
        assertEquals("after", builder.build().members().get("topic"));
    }

    @Test
    void aBegunMinuteCounts() {
        for (Object[] pair : new Object[][] {{"PT30M", 30L}, {"PT29M0.000000001S", 30L},
                {"PT1H", 60L}, {"PT0.5S", 1L}}) {
            assertEquals(pair[1], MeetingRequest.builder()
                    .duration(Duration.parse((String) pair[0])).build().members()
                    .get("duration_minutes"), pair[0].toString());
        }
    }

    @Test
    void whatJavaRefusesInAnAddressIsEncoded() {
        String url = "https://[::1]/j/a b|c?q={\"%zz%20[あ\u00a0]#x#y";
        Meeting strange = meeting(MEETING.replace(
                "https://z.example/j/1?pwd=hidden1", url.replace("\"", "\\\"")));
        assertEquals("https://[::1]/j/a%20b%7Cc?q=%7B%22%25zz%20[あ%C2%A0]#x%23y",
                strange.getJoinUrl().get().toString());
        for (String wrong : Arrays.asList("https://", "1http://a/")) {
            Meeting none = meeting(MEETING.replace("https://z.example/j/1?pwd=hidden1", wrong));
            fails(Status.INTERNAL, none::getJoinUrl);
        }
    }

    @Test
    void whatOnlyANewerVersionKnowsIsNoException() {
        assertEquals(Status.INTERNAL, new AuditEntry(
                Collections.singletonMap("outcome", "NEW")).getOutcome());
        assertEquals(Status.WRONG_KEY, new AuditEntry(
                Collections.singletonMap("outcome", "WRONG_KEY")).getOutcome());
        assertEquals(DiagnoseReport.Severity.ERROR, DiagnoseReport.Severity.of("dire"));
        assertEquals(DiagnoseReport.Severity.WARNING, DiagnoseReport.Severity.of("warning"));
        Authorization untold = new Authorization(Collections.singletonMap("authorized_at", null));
        assertEquals(Optional.empty(), untold.getAuthorizedAt());
        assertEquals(Optional.empty(), untold.getExpiresAt());
    }

    @Test
    void whatCannotBeSaidIsRefusedWhereItIsSaid() {
        Duration endless = Duration.ofSeconds(Long.MAX_VALUE);
        fails(Status.INVALID_ARGUMENT, () -> Options.builder().timeout(endless));
        fails(Status.INVALID_ARGUMENT, () -> Options.builder().budget(endless.negated()));
        fails(Status.INVALID_ARGUMENT, () -> Invitee.of(null));
        Map<String, Object> loop = new HashMap<>();
        loop.put("itself", Collections.singletonList(loop));
        fails(Status.INVALID_ARGUMENT, () -> MeetingRequest.builder().providerOptions(loop));
    }

    @Test
    void timesAreTakenInManyTypes() {
        OffsetDateTime time = OffsetDateTime.parse("2030-03-11T17:00:00+09:00");
        Map<String, Object> start = MeetingRequest.builder().start(time).build().members();
        assertEquals(Collections.singletonMap("start", "2030-03-11T08:00:00Z"), start);
        assertEquals(Arrays.asList("2030-03-11T08:00:00Z", "2030-03-11T08:00:00Z"),
                MeetingRequest.builder().dates(Arrays.asList(time, time.toInstant()), null)
                        .build().members().get("dates"));
        assertEquals(Options.builder().occurrence("2030-03-11T08:00:00Z").build(),
                Options.builder().occurrence(time.toInstant()).build());
    }

    @Test
    void aFilterGoesOnWhereThePageEnded() {
        Filter filter = Filter.builder().pageSize(2).hostEmail("a@b").build();
        Filter after = filter.after("x");
        assertFalse(filter.members().containsKey("next"));
        assertEquals(Filter.builder().pageSize(2).hostEmail("a@b").next("x").build(), after);
    }

    @Test
    void anExceptionTravels() throws Exception {
        Throwable failure = Native.failure(("{\"status\":210,\"name\":\"SCOPE_MISSING\","
                + "\"message\":\"m\",\"remedy\":\"r\",\"provider\":\"webex\","
                + "\"retry_after_seconds\":7,\"missing_scopes\":[\"a\",\"b\"]}")
                .getBytes(StandardCharsets.UTF_8));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(failure);
        AuthorizationRequiredException read = (AuthorizationRequiredException)
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
        assertEquals(Provider.WEBEX, read.provider());
        assertEquals(Arrays.asList("a", "b"), read.getMissingScopes());
        assertEquals(Optional.of(Duration.ofSeconds(7)), read.getRetryAfter());
        assertEquals("m", read.getMessage());
        assertEquals(Status.SCOPE_MISSING, read.getStatus());
    }
}
