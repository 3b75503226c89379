package org.meetbridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.meetbridge.World.fails;
import static org.meetbridge.World.meeting;
import static org.meetbridge.testing.Sandbox.ANNA;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class AdministrationTest {
    @Test
    void theAuditTrailIsReadInPages() {
        try (World world = new World()) {
            Instant before = Instant.now().minusSeconds(60);
            world.authorize(Provider.WEBEX, ANNA);
            Options secretary = Options.builder().actingUser("Secretary/Acme")
                    .correlationId("agent-4711").build();
            Meeting meeting = world.bridge.createMeeting(
                    Provider.WEBEX, ANNA, meeting().reference("R").build(), secretary);
            world.bridge.deleteMeeting(Provider.WEBEX, ANNA, meeting.getId());
            fails(Status.MEETING_NOT_FOUND,
                    () -> world.bridge.deleteMeeting(Provider.WEBEX, ANNA, meeting.getId()));

            List<AuditEntry> entries = new ArrayList<>();
            Filter filter = Filter.builder().from(before).pageSize(2).build();
            Page<AuditEntry> page = world.bridge.listAudit(filter);
            Told.audit(page);
            page.forEach(entries::add);
            while (page.getNext().isPresent()) {
                page = world.bridge.listAudit(filter.after(page.getNext().get()));
                Told.audit(page).size();
                page.forEach(entries::add);
            }
            assertEquals(Arrays.asList("complete_authorization", "create_meeting",
                    "delete_meeting", "delete_meeting"), entries.stream()
                    .map(AuditEntry::getOperation).collect(Collectors.toList()));
            assertEquals(entries, world.bridge.listAudit().getItems());
            AuditEntry created = entries.get(1);
            assertEquals(Status.OK, created.getOutcome());
            assertEquals(Optional.of(Provider.WEBEX), created.getProvider());
            assertEquals(Optional.of("Secretary/Acme"), created.getActingUser());
            assertEquals(Optional.of("agent-4711"), created.getCorrelationId());
            assertEquals(Optional.of(meeting.getId()), created.getMeetingId());
            assertEquals(Optional.of("R"), created.getReference());
            assertTrue(created.getAt().isAfter(before));
            assertTrue(created.getTook().compareTo(Duration.ofMinutes(1)) < 0);
            assertEquals(Status.MEETING_NOT_FOUND, entries.get(3).getOutcome());
        }
    }

    @Test
    void housekeepingAndDiagnosisReport() {
        try (World world = new World()) {
            world.authorize(Provider.ZOOM, ANNA);
            MaintainReport maintained = world.bridge.maintain();
            Told.maintained(maintained);
            assertTrue(maintained.isComplete(), maintained.toString());
            Told.maintained(world.bridge.maintain(
                    Options.builder().budget(Duration.ofSeconds(5)).build()));

            DiagnoseReport diagnosed = world.bridge.diagnose();
            Told.diagnosed(diagnosed);
            assertEquals(MeetBridge.version(), diagnosed.getLibraryVersion());
            assertEquals(1, diagnosed.getStore().get().getAuthorizations());
            assertTrue(diagnosed.getFindings().stream().anyMatch(
                    finding -> finding.getProvider().equals(Optional.of(Provider.ZOOM))));
        }
    }

    @Test
    void settingsAreReadAgain() throws IOException {
        try (World world = new World()) {
            Path file = world.sandbox.folder().resolve("settings.json");
            Files.write(file, world.settings.toString().getBytes(StandardCharsets.UTF_8));
            try (MeetBridge bridge = MeetBridge.open(file)) {
                assertFalse(message(bridge).matches("(?s).*\\p{IsHiragana}.*"));
                world.settings.put("language", "ja");
                Files.write(file, world.settings.toString().getBytes(StandardCharsets.UTF_8));
                bridge.reload();
                assertTrue(message(bridge).matches("(?s).*\\p{IsHiragana}.*"), message(bridge));

                // What is wrong changes nothing, not even what reload() reads the next time.
                fails(Status.INVALID_SETTINGS, () -> bridge.reload("{}"));
                bridge.reload();
                assertTrue(message(bridge).matches("(?s).*\\p{IsHiragana}.*"));
                bridge.reload(world.settings.put("language", "en").toString());
                bridge.reload();
                assertFalse(message(bridge).matches("(?s).*\\p{IsHiragana}.*"));
                bridge.reload(file);
                assertTrue(message(bridge).matches("(?s).*\\p{IsHiragana}.*"));
            }
            fails(Status.INVALID_SETTINGS, () -> MeetBridge.open("{\"apps\": 1}"));
            fails(Status.INVALID_SETTINGS,
                    () -> MeetBridge.open(world.sandbox.folder().resolve("nothing")));
        }
    }

    private static String message(MeetBridge bridge) {
        return fails(Status.NOT_AUTHORIZED, () -> bridge.listMeetings(Provider.ZOOM, ANNA, null))
                .getMessage();
    }
}
