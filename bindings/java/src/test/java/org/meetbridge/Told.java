package org.meetbridge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Typed values told as documents again, through their getters alone. Each is held to the document
 * that it was made of, so a getter that is wrong or missing fails wherever a value is looked at.
 */
final class Told {
    static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode node = JSON.createObjectNode();

    private Told() {
    }

    private Told put(String name, Object value) {
        Object plain = value instanceof Optional ? ((Optional<?>) value).orElse(null) : value;
        if (plain instanceof Provider) {
            plain = ((Provider) plain).id();
        } else if (plain instanceof Duration) {
            plain = ((Duration) plain).toMillis();
        } else if (plain instanceof Instant || plain instanceof java.net.URI) {
            plain = plain.toString();
        } else if (plain instanceof Enum) {
            plain = ((Enum<?>) plain).name().toLowerCase(java.util.Locale.ROOT);
        }
        node.set(name, JSON.valueToTree(plain));
        return this;
    }

    private ObjectNode of(Document document) {
        JsonNode read = withoutNulls(JSON.valueToTree(document.members()));
        assertEquals(read, withoutNulls(JSON.valueToTree(node)), "the getters tell what was read");
        return node;
    }

    static ObjectNode meeting(Meeting meeting) {
        Told told = new Told().put("provider", meeting.getProvider()).put("id", meeting.getId())
                .put("uuid", meeting.getUuid()).put("number", meeting.getNumber())
                .put("topic", meeting.getTopic()).put("start", meeting.getStart())
                .put("time_zone", meeting.getTimeZone())
                .put("duration_minutes", meeting.getDurationMinutes())
                .put("join_url", meeting.getJoinUrl()).put("passcode", meeting.getPasscode())
                .put("host", meeting.getHost().map(host -> new Told().put("id", host.getId())
                        .put("email", host.getEmail()).put("name", host.getName()).of(host)))
                .put("sip", meeting.getSip()).put("reference", meeting.getReference())
                .put("existing", meeting.isExisting()).put("start_url", meeting.getStartUrl())
                .put("host_key", meeting.getHostKey());
        ArrayNode numbers = told.node.putArray("dial_in");
        meeting.getDialIn().forEach(dial -> numbers.add(new Told().put("number", dial.getNumber())
                .put("label", dial.getLabel()).put("country", dial.getCountry())
                .put("toll_free", dial.getTollFree()).of(dial)));
        ArrayNode occurrences = told.node.putArray("occurrences");
        meeting.getOccurrences().forEach(one -> occurrences.add(new Told().put("id", one.getId())
                .put("start", one.getStart()).put("duration_minutes", one.getDurationMinutes())
                .put("join_url", one.getJoinUrl()).of(one)));
        ArrayNode warnings = told.node.putArray("warnings");
        meeting.getWarnings().forEach(one -> warnings.add(new Told().put("field", one.getField())
                .put("message", one.getMessage()).of(one)));
        return told.of(meeting);
    }

    static ObjectNode meetings(Page<Meeting> page) {
        Told told = new Told().put("next", page.getNext());
        ArrayNode meetings = told.node.putArray("meetings");
        page.forEach(meeting -> meetings.add(meeting(meeting)));
        return told.of(page);
    }

    static ObjectNode authorization(Authorization one) {
        return new Told().put("provider", one.getProvider()).put("user", one.getUser())
                .put("app", one.getApp()).put("state", one.getState())
                .put("reason", one.getReason()).put("scopes", one.getScopes())
                .put("account", one.getAccount().map(account -> new Told()
                        .put("id", account.getId()).put("user_id", account.getUserId())
                        .put("email", account.getEmail()).of(account)))
                .put("authorized_at", one.getAuthorizedAt())
                .put("refreshed_at", one.getRefreshedAt()).put("expires_at", one.getExpiresAt())
                .of(one);
    }

    static ObjectNode authorizations(Page<Authorization> page) {
        Told told = new Told().put("next", page.getNext());
        ArrayNode authorizations = told.node.putArray("authorizations");
        page.forEach(one -> authorizations.add(authorization(one)));
        return told.of(page);
    }

    static ObjectNode audit(Page<AuditEntry> page) {
        Told told = new Told().put("next", page.getNext());
        ArrayNode entries = told.node.putArray("entries");
        page.forEach(entry -> {
            Told line = new Told().put("at", entry.getAt()).put("took_ms", entry.getTook())
                    .put("operation", entry.getOperation())
                    .put("provider", entry.getProvider()).put("app", entry.getApp())
                    .put("user", entry.getUser()).put("acting_user", entry.getActingUser())
                    .put("meeting_id", entry.getMeetingId())
                    .put("reference", entry.getReference())
                    .put("tracking_id", entry.getTrackingId())
                    .put("correlation_id", entry.getCorrelationId());
            line.node.put("outcome", entry.getOutcome().name());
            entries.add(line.of(entry));
        });
        return told.of(page);
    }

    static ObjectNode outcome(WebhookOutcome outcome) {
        WebhookOutcome.Response respond = outcome.getRespond();
        return new Told().put("duplicate", outcome.isDuplicate())
                .put("respond", new Told().put("status", respond.getStatus())
                        .put("content_type", respond.getContentType())
                        .put("body", respond.getBody()).of(respond))
                .put("event", outcome.getEvent().map(event -> new Told()
                        .put("type", event.getType()).put("provider", event.getProvider())
                        .put("meeting_id", event.getMeetingId())
                        .put("occurrences", event.getOccurrences())
                        .put("reference", event.getReference()).put("user", event.getUser())
                        .put("email", event.getEmail()).put("own", event.isOwn())
                        .put("occurred_at", event.getOccurredAt()).put("raw", event.getRaw())
                        .of(event)))
                .of(outcome);
    }

    static ObjectNode maintained(MaintainReport report) {
        MaintainReport.Renewals renewals = report.getRenewals();
        MaintainReport.Purged purged = report.getPurged();
        MaintainReport.Webhooks webhooks = report.getWebhooks();
        MaintainReport.Due due = report.getDue();
        return new Told().put("complete", report.isComplete())
                .put("renewals", new Told().put("renewed", renewals.getRenewed())
                        .put("failed", renewals.getFailed()).put("ended", renewals.getEnded())
                        .put("unserved", renewals.getUnserved()).of(renewals))
                .put("restored", report.getRestored()).put("resealed", report.getResealed())
                .put("purged", new Told().put("nonces", purged.getNonces())
                        .put("references", purged.getReferences())
                        .put("audit", purged.getAudit()).of(purged))
                .put("webhooks", new Told().put("created", webhooks.getCreated())
                        .put("reactivated", webhooks.getReactivated())
                        .put("removed", webhooks.getRemoved()).of(webhooks))
                .put("due", new Told().put("renewals", due.getRenewals())
                        .put("reseals", due.getReseals()).put("restores", due.isRestores())
                        .put("webhooks", due.isWebhooks()).put("purges", due.isPurges()).of(due))
                .put("problems", report.getProblems()).put("took_ms", report.getTook())
                .of(report);
    }

    static ObjectNode diagnosed(DiagnoseReport report) {
        Told told = new Told().put("status", report.getStatus())
                .put("store", report.getStore().map(store -> new Told()
                        .put("engine", store.getEngine()).put("location", store.getLocation())
                        .put("schema_version", store.getSchemaVersion())
                        .put("authorizations", store.getAuthorizations()).of(store)));
        told.node.putObject("library").put("version", report.getLibraryVersion());
        ArrayNode findings = told.node.putArray("findings");
        report.getFindings().forEach(finding -> findings.add(new Told()
                .put("check", finding.getCheck()).put("severity", finding.getSeverity())
                .put("message", finding.getMessage()).put("remedy", finding.getRemedy())
                .put("provider", finding.getProvider()).put("app", finding.getApp())
                .of(finding)));
        return told.of(report);
    }

    /** A failure as an error document. */
    static ObjectNode failure(MeetBridgeException failure) {
        Told told = new Told().put("status", failure.getStatus().code())
                .put("message", failure.getMessage()).put("remedy", failure.getRemedy())
                .put("retry_after_seconds", failure.getRetryAfter().map(Duration::getSeconds))
                .put("provider", failure.getProvider())
                .put("provider_status", failure.getProviderStatus())
                .put("provider_code", failure.getProviderCode())
                .put("tracking_id", failure.getTrackingId())
                .put("missing_scopes", failure.getMissingScopes())
                .put("meeting_id", failure.getMeetingId());
        told.node.put("name", failure.getStatus().name());
        return told.node;
    }

    /** Without members that say nothing, and with times and numbers written in one way. */
    private static JsonNode withoutNulls(JsonNode node) {
        if (node.isObject()) {
            ObjectNode kept = JSON.createObjectNode();
            for (Map.Entry<String, JsonNode> member : node.properties()) {
                if (!member.getValue().isNull()) {
                    kept.set(member.getKey(), withoutNulls(member.getValue()));
                }
            }
            return kept;
        }
        if (node.isArray()) {
            ArrayNode kept = JSON.createArrayNode();
            node.forEach(item -> kept.add(withoutNulls(item)));
            return kept;
        }
        if (node.isIntegralNumber()) {
            return JSON.getNodeFactory().numberNode(node.asLong());
        }
        boolean time = node.isTextual() && node.asText().matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z");
        return time ? JSON.valueToTree(Instant.parse(node.asText()).toString()) : node;
    }
}
