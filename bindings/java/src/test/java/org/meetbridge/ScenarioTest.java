package org.meetbridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.meetbridge.testing.Sandbox;

/**
 * The table of what every door must do on every provider: {@code tests/scenarios}. A step names an
 * {@code operation} and its parameters; {@code expect} says what the answer holds, {@code status}
 * how the call ends (OK unless said), {@code keep} what of the answer later steps call
 * {@code $name}, and {@code only} on which provider the step is taken.
 */
class ScenarioTest {
    private static Sandbox sandbox;
    private static MeetBridge bridge;
    private static int takenSteps;

    @BeforeAll
    static void open() {
        sandbox = Sandbox.start();
        sandbox.control("PATCH", "settings",
                "{\"zoom_daily_limit\":null,\"webex_daily_limit\":null}");
        bridge = MeetBridge.open(sandbox.settings().toString());
        for (Provider provider : Provider.values()) {
            String callback = sandbox.consent(
                    bridge.startAuthorization(provider, Sandbox.ANNA), Sandbox.ANNA, true);
            Told.authorization(bridge.completeAuthorization(Sandbox.ANNA, callback));
        }
    }

    @AfterAll
    static void close() {
        bridge.close();
        sandbox.control("GET", "statistics", null).get("live_meetings")
                .forEach(live -> assertEquals(0, live.asInt(), "scenarios delete what they make"));
        sandbox.close();
        assertTrue(takenSteps > 150, takenSteps + " steps");
    }

    static Stream<Object[]> scenarios() throws IOException {
        try (Stream<Path> files = Files.list(Sandbox.root().resolve("tests/scenarios"))) {
            List<Path> all = files.sorted().collect(Collectors.toList());
            assertTrue(all.size() >= 5, "the scenarios are gone");
            return all.stream().flatMap(file -> Stream.of(Provider.values())
                    .map(provider -> new Object[] {file.getFileName().toString(), provider}));
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("scenarios")
    void everyDoorDoesTheSame(String name, Provider provider) throws IOException {
        Path file = Sandbox.root().resolve("tests/scenarios").resolve(name);
        JsonNode scenario = Told.JSON.readTree(Files.readAllBytes(file));
        Map<String, JsonNode> kept = new LinkedHashMap<>();
        int at = -1;
        for (JsonNode step : scenario.get("steps")) {
            at++;
            if (step.path("only").asText(provider.id()).equals(provider.id())
                    && !cannotBeSaidInJava(step)) {
                take(name + ", step " + at + " on " + provider, step, provider, kept);
                takenSteps++;
            }
        }
    }

    /** Types leave no room for two of the mistakes: a Locale without a tag, an option with null. */
    private static boolean cannotBeSaidInJava(JsonNode step) {
        return step.path("language").asText().contains(" ")
                || step.path("options").path("occurrence").isNull();
    }

    private static void take(String place, JsonNode step, Provider provider,
            Map<String, JsonNode> kept) {
        JsonNode answer;
        String status = step.path("status").asText("OK");
        try {
            answer = TypedDoor.call(bridge, provider, filled(step, kept));
            assertEquals("OK", status, place);
        } catch (MeetBridgeException failure) {
            answer = Told.failure(failure);
            assertEquals(status, failure.getStatus().name(), place + ": " + answer);
        }
        for (Map.Entry<String, JsonNode> expected : step.path("expect").properties()) {
            JsonNode found = answer.at(expected.getKey());
            JsonNode wanted = filled(expected.getValue(), kept);
            assertTrue(matches(found, wanted),
                    place + ": " + expected.getKey() + " is " + found + ", not " + wanted);
        }
        for (Map.Entry<String, JsonNode> keep : step.path("keep").properties()) {
            JsonNode found = answer.at(keep.getValue().asText());
            assertTrue(!found.isMissingNode(), place + ": " + keep);
            kept.put(keep.getKey(), found);
        }
    }

    private static boolean matches(JsonNode found, JsonNode wanted) {
        if (!wanted.isObject() || wanted.isEmpty()) {
            return wanted.isNull() ? found.isNull() || found.isMissingNode()
                    : wanted.isIntegralNumber() ? found.asLong() == wanted.asLong()
                    : found.equals(wanted);
        }
        Map.Entry<String, JsonNode> rule = wanted.properties().iterator().next();
        String text = found.isTextual() ? found.asText() : found.toString();
        switch (rule.getKey()) {
            case "contains":
                return text.contains(rule.getValue().asText());
            case "starts_with":
                return text.startsWith(rule.getValue().asText());
            case "not":
                return !matches(found, rule.getValue());
            case "length":
                return found.isArray() && found.size() == rule.getValue().asInt();
            case "one_of":
                for (JsonNode one : rule.getValue()) {
                    if (matches(found, one)) {
                        return true;
                    }
                }
                return false;
            default:
                return fail("no expectation " + rule.getKey());
        }
    }

    /** With what was kept in the place of {@code $name}. */
    private static JsonNode filled(JsonNode value, Map<String, JsonNode> kept) {
        if (value.isTextual() && value.asText().startsWith("$")) {
            JsonNode found = kept.get(value.asText().substring(1));
            assertTrue(found != null, "no " + value);
            return found;
        }
        if (value.isArray()) {
            ArrayNode filled = Told.JSON.createArrayNode();
            value.forEach(item -> filled.add(filled(item, kept)));
            return filled;
        }
        if (value.isObject()) {
            ObjectNode filled = Told.JSON.createObjectNode();
            for (Map.Entry<String, JsonNode> member : value.properties()) {
                // What is expected and kept is filled when it is needed.
                boolean later = member.getKey().equals("expect") || member.getKey().equals("keep");
                filled.set(member.getKey(),
                        later ? member.getValue() : filled(member.getValue(), kept));
            }
            return filled;
        }
        return value;
    }
}
