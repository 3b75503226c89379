package org.meetbridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.LocalDateTime;
import java.util.function.Consumer;
import org.junit.jupiter.api.function.Executable;
import org.meetbridge.testing.Sandbox;

/** What most tests need: a sandbox, and a bridge to it. */
final class World implements AutoCloseable {
    final Sandbox sandbox = Sandbox.start();
    final ObjectNode settings = sandbox.settings();
    final MeetBridge bridge;

    World() {
        this(settings -> { });
    }

    World(Consumer<ObjectNode> change) {
        change.accept(settings);
        bridge = MeetBridge.open(settings.toString());
    }

    /** Authorizes a user as the person of the same name. */
    Authorization authorize(Provider provider, String user) {
        String callback =
                sandbox.consent(bridge.startAuthorization(provider, user), user, true);
        return bridge.completeAuthorization(user, callback);
    }

    /** A meeting that every provider can make. */
    static MeetingRequest.Builder meeting() {
        return MeetingRequest.builder().topic("Weekly planning").duration(30)
                .start(LocalDateTime.of(2030, 3, 4, 9, 0), "Europe/Copenhagen");
    }

    /** That a call fails in this way. */
    static MeetBridgeException fails(Status status, Executable call) {
        MeetBridgeException failure = assertThrows(MeetBridgeException.class, call);
        assertEquals(status, failure.getStatus(), failure.getMessage());
        return failure;
    }

    @Override
    public void close() {
        bridge.close();
        sandbox.close();
    }
}
