package org.meetbridge.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.meetbridge.MeetBridge;
import org.meetbridge.Meeting;
import org.meetbridge.MeetingRequest;
import org.meetbridge.Provider;
import org.meetbridge.WebhookOutcome;
import org.meetbridge.testing.Sandbox;

/** Notifications, signed by the sandbox as Zoom does, or by hand. */
@ExtendWith(Host.Owner.class)
class WebhookIT {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String TOKEN = "qgg8vlvZRS6UYooatFL8Aw";
    private static final String[] PLACES = {"/servlet/webhooks/zoom", "/open/webhooks/zoom"};

    @Test
    void aSignedEventArrivesWithTheEntrysReference() throws Exception {
        Host host = Host.get();
        Visitor.of(Host.MAIL).connect("zoom", Sandbox.KEN);
        Meeting meeting = MeetBridge.shared().createMeeting(Provider.ZOOM, Host.MAIL,
                MeetingRequest.builder().topic("定例会議").reference("entry-4711").duration(30)
                        .start(Instant.parse("2030-03-04T09:00:00Z")).build());
        for (String place : PLACES) {
            host.sandbox.control("POST", "webhooks", MAPPER.createObjectNode()
                    .put("provider", "zoom").put("url", host.url + place)
                    .put("secret", Sandbox.WEBHOOK_SECRET).put("client_id", "sandbox-zoom")
                    .toString());
        }
        JsonNode deliveries = host.sandbox.control("POST", "webhooks/send",
                MAPPER.createObjectNode().put("provider", "zoom").put("event", "meeting.started")
                        .put("meeting_id", meeting.getId()).toString());
        host.sandbox.control("DELETE", "webhooks", null);
        assertEquals(2, deliveries.size(), deliveries.toString());
        for (JsonNode delivery : deliveries) {
            assertEquals(200, delivery.get("status").asInt(), deliveries.toString());
        }
        WebhookOutcome.Event event = host.outcomes.stream()
                .flatMap(outcome -> outcome.getEvent().stream())
                .filter(found -> found.getType().equals("meeting.started")).findFirst().get();
        assertEquals("entry-4711", event.getReference().get());
        assertEquals(Host.MAIL, event.getUser().get());
    }

    @Test
    void zoomsChallengeIsAnswered() throws Exception {
        String body = "{\"event\":\"endpoint.url_validation\",\"event_ts\":1,"
                + "\"payload\":{\"plainToken\":\"" + TOKEN + "\"}}";
        for (String place : PLACES) {
            HttpResponse<String> answer = send(place, body, Sandbox.WEBHOOK_SECRET);
            assertEquals(200, answer.statusCode());
            assertEquals("application/json", answer.headers().firstValue("content-type").get());
            JsonNode document = MAPPER.readTree(answer.body());
            assertEquals(TOKEN, document.get("plainToken").asText());
            assertEquals(hmac(Sandbox.WEBHOOK_SECRET, TOKEN),
                    document.get("encryptedToken").asText());
        }
    }

    @Test
    void whatIsNotProvenIsRefused() throws Exception {
        Visitor nobody = Visitor.nobody();
        for (String place : PLACES) {
            assertEquals(401, send(place, "{\"event\":\"meeting.started\"}", "another-secret")
                    .statusCode());
            assertEquals(401, nobody.send("POST", place, BodyPublishers.ofString("{}"))
                    .statusCode());
            HttpResponse<String> get = nobody.get(place);
            assertEquals(405, get.statusCode());
            assertFalse(get.headers().firstValue("set-cookie").isPresent());
            assertEquals(413, send(place, "x".repeat((1 << 20) + 1), Sandbox.WEBHOOK_SECRET)
                    .statusCode());
            assertEquals(404, send(place.replace("zoom", "skype"), "{}", Sandbox.WEBHOOK_SECRET)
                    .statusCode());
            assertEquals(404, send(place.replace("/zoom", ""), "{}", Sandbox.WEBHOOK_SECRET)
                    .statusCode());
        }
    }

    private static HttpResponse<String> send(String place, String body, String secret)
            throws Exception {
        String time = String.valueOf(Instant.now().getEpochSecond());
        return Visitor.nobody().send("POST", place, BodyPublishers.ofString(body),
                "Content-Type", "application/json", "X-Zm-Request-Timestamp", time,
                "X-Zm-Signature", "v0=" + hmac(secret, "v0:" + time + ":" + body));
    }

    private static String hmac(String secret, String message) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        StringBuilder hex = new StringBuilder();
        for (byte b : mac.doFinal(message.getBytes(StandardCharsets.UTF_8))) {
            hex.append(String.format("%02x", b));
        }
        return hex.toString();
    }
}
