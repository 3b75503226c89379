package org.meetbridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.meetbridge.World.fails;
import static org.meetbridge.World.meeting;
import static org.meetbridge.testing.Sandbox.ANNA;
import static org.meetbridge.testing.Sandbox.WEBHOOK_SECRET;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WebhookTest {
    /** A notification as the provider signs and sends it, taken where nobody listens. */
    private static JsonNode sent(World world, Provider provider, String event, String meetingId) {
        world.sandbox.control("DELETE", "webhooks", null);
        world.sandbox.control("POST", "webhooks", "{\"provider\":\"" + provider.id()
                + "\",\"url\":\"http://127.0.0.1:1/\",\"secret\":\"" + WEBHOOK_SECRET + "\"}");
        String id = meetingId == null ? "null" : "\"" + meetingId + "\"";
        return world.sandbox.control("POST", "webhooks/send", "{\"provider\":\"" + provider.id()
                + "\",\"event\":\"" + event + "\",\"meeting_id\":" + id + "}").get(0);
    }

    private static Map<String, String> headers(JsonNode delivery) {
        Map<String, String> headers = new HashMap<>();
        delivery.get("headers").properties()
                .forEach(one -> headers.put(one.getKey(), one.getValue().asText()));
        return headers;
    }

    private static byte[] body(JsonNode delivery) {
        return delivery.get("body").asText().getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource
    void whatHappensAtTheProviderIsTold(Provider provider) {
        try (World world = new World()) {
            world.authorize(provider, ANNA);
            Meeting meeting = world.bridge.createMeeting(
                    provider, ANNA, meeting().reference("4A6F1C2E").build());
            String name = provider == Provider.ZOOM ? "meeting.started" : "started";
            JsonNode delivery = sent(world, provider, name, meeting.getId());
            byte[] body = body(delivery);
            WebhookOutcome outcome =
                    world.bridge.handleWebhook(provider, headers(delivery), body);
            Told.outcome(outcome);
            assertEquals(200, outcome.getRespond().getStatus());
            assertFalse(outcome.isDuplicate());
            WebhookOutcome.Event event = outcome.getEvent().get();
            assertEquals("meeting.started", event.getType());
            assertEquals(Optional.of(meeting.getId()), event.getMeetingId());
            assertEquals(Optional.of("4A6F1C2E"), event.getReference());
            assertEquals(Optional.of(ANNA), event.getUser());
            assertTrue(event.getRaw().get().size() > 1);
            assertTrue(world.bridge.handleWebhook(provider, headers(delivery), body)
                    .isDuplicate());

            body[body.length - 2] ^= 1;
            fails(Status.WEBHOOK_UNTRUSTED,
                    () -> world.bridge.handleWebhook(provider, headers(delivery), body));
            fails(Status.WEBHOOK_UNTRUSTED,
                    () -> world.bridge.handleWebhook(provider, new HashMap<>(), new byte[0]));
        }
    }

    @Test
    void whatTheLibraryReadsJavaReadsToo() throws Exception {
        // With the notification's own three levels as deep as the library takes one.
        String open = String.join("", Collections.nCopies(61, "["));
        String body = "{\"event\":\"meeting.started\",\"event_ts\":1,\"payload\":{"
                + "\"account_id\":\"a\",\"object\":{\"id\":\"12345678901\",\"deep\":" + open + "1"
                + open.replace('[', ']') + "}}}";
        String now = Long.toString(Instant.now().getEpochSecond());
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(
                WEBHOOK_SECRET.getBytes(StandardCharsets.UTF_8), mac.getAlgorithm()));
        byte[] signed = mac.doFinal(
                ("v0:" + now + ":" + body).getBytes(StandardCharsets.UTF_8));
        Map<String, String> headers = new HashMap<>();
        headers.put("x-zm-request-timestamp", now);
        headers.put("x-zm-signature", String.format("v0=%064x", new BigInteger(1, signed)));
        try (World world = new World()) {
            WebhookOutcome outcome = world.bridge.handleWebhook(
                    Provider.ZOOM, headers, body.getBytes(StandardCharsets.UTF_8));
            assertTrue(outcome.getEvent().get().getRaw().get().toString().contains(open));
        }
    }

    @Test
    void zoomIsShownThatTheSecretIsKnown() {
        try (World world = new World()) {
            JsonNode delivery = sent(world, Provider.ZOOM, "endpoint.url_validation", null);
            WebhookOutcome outcome = world.bridge.handleWebhook(
                    Provider.ZOOM, headers(delivery), body(delivery), Options.builder()
                            .app("sandbox-zoom").correlationId("request-1").build());
            Told.outcome(outcome);
            assertEquals("challenge", outcome.getEvent().get().getType());
            assertEquals(Optional.empty(), outcome.getEvent().get().getRaw());
            assertEquals("application/json", outcome.getRespond().getContentType());
            assertTrue(outcome.getRespond().getBody().contains("encryptedToken"));
            assertFalse(outcome.toString().contains("encryptedToken"), outcome.toString());
        }
    }
}
