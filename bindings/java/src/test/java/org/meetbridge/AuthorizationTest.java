package org.meetbridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.meetbridge.World.fails;
import static org.meetbridge.World.meeting;
import static org.meetbridge.testing.Sandbox.ANNA;
import static org.meetbridge.testing.Sandbox.CALLBACK;
import static org.meetbridge.testing.Sandbox.KEN;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AuthorizationTest {
    @ParameterizedTest
    @EnumSource
    void aConsentIsAskedForKeptAndEnded(Provider provider) {
        try (World world = new World()) {
            MeetBridge bridge = world.bridge;
            assertEquals(Optional.empty(), bridge.getAuthorization(provider, ANNA));
            AuthorizationRequiredException required = assertThrows(
                    AuthorizationRequiredException.class,
                    () -> bridge.createMeeting(provider, ANNA, meeting().build()));
            assertEquals(Status.NOT_AUTHORIZED, required.getStatus());
            assertEquals(provider, required.provider());
            assertTrue(required.getRemedy().length() > 10);

            URI url = bridge.startAuthorization(provider, ANNA, URI.create(CALLBACK));
            assertTrue(url.toString().startsWith(world.sandbox.url().toString()));
            String callback = world.sandbox.consent(url, ANNA, true);
            Instant before = Instant.now().minus(Duration.ofMinutes(1));
            Authorization given = bridge.completeAuthorization(ANNA, callback);
            assertEquals(Authorization.State.AUTHORIZED, given.getState());
            assertEquals(Optional.empty(), given.getReason());
            assertEquals(ANNA, given.getUser());
            assertEquals("sandbox-" + provider.id(), given.getApp());
            assertTrue(given.getAuthorizedAt().get().isAfter(before));
            assertTrue(given.getExpiresAt().get().isAfter(given.getRefreshedAt().get()));
            Told.authorization(given);
            assertEquals(given, bridge.getAuthorization(provider, ANNA).get());
            fails(Status.STATE_REPLAYED, () -> bridge.completeAuthorization(ANNA, callback));

            Page<Authorization> all = bridge.listAuthorizations(null);
            assertEquals(Collections.singletonList(given), all.getItems());
            assertEquals(all, bridge.listAuthorizations());
            assertEquals(Optional.empty(), all.getNext());
            Filter later = Filter.builder()
                    .from(given.getAuthorizedAt().get().plusSeconds(60)).build();
            assertTrue(bridge.listAuthorizations(later).getItems().isEmpty());
            Told.authorizations(all);

            bridge.revokeAuthorization(provider, ANNA);
            assertEquals(Optional.empty(), bridge.getAuthorization(provider, ANNA));
            fails(Status.NOT_AUTHORIZED, () -> bridge.revokeAuthorization(provider, ANNA));
            bridge.revokeAuthorization(
                    provider, ANNA, Options.builder().ignoreMissing(true).build());
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNoConsentIsToldApart(Provider provider) {
        try (World world = new World()) {
            MeetBridge bridge = world.bridge;
            URI refused = bridge.startAuthorization(provider, ANNA);
            fails(Status.ACCESS_DENIED, () -> bridge.completeAuthorization(
                    ANNA, world.sandbox.consent(refused, ANNA, false)));
            fails(Status.STATE_MISSING,
                    () -> bridge.completeAuthorization(ANNA, CALLBACK + "?code=abc"));
            fails(Status.STATE_INVALID,
                    () -> bridge.completeAuthorization(ANNA, CALLBACK + "?code=abc&state=abc"));
            String others = world.sandbox.consent(
                    bridge.startAuthorization(provider, ANNA), ANNA, true);
            fails(Status.USER_MISMATCH, () -> bridge.completeAuthorization(KEN, others));

            // Where nobody is signed in, a cookie's hash says that it is the same browser.
            Options binding = Options.builder().binding("9f86d081").build();
            String bound = world.sandbox.consent(
                    bridge.startAuthorization(provider, ANNA, null, binding), ANNA, true);
            fails(Status.INVALID_ARGUMENT, () -> bridge.completeAuthorization(
                    null, bound, Options.builder().binding("another").build()));
            assertEquals(ANNA, bridge.completeAuthorization(null, bound, binding).getUser());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAuthorizationThatHasEndedIsAskedForAgain(Provider provider) {
        try (World world = new World()) {
            world.authorize(provider, ANNA);
            world.sandbox.control("POST", "revoke_grants", "{}");
            world.sandbox.control("POST", "expire", "{}");
            AuthorizationRequiredException required = assertThrows(
                    AuthorizationRequiredException.class,
                    () -> world.bridge.createMeeting(provider, ANNA, meeting().build()));
            assertEquals(Status.REAUTHORIZE, required.getStatus());
            assertEquals(provider, required.provider());
            Authorization ended = world.bridge.getAuthorization(provider, ANNA).get();
            assertEquals(Authorization.State.REAUTHORIZE, ended.getState());
            assertEquals(Optional.of("expired"), ended.getReason());
            Told.authorization(ended);
        }
    }

    @Test
    void scopesThatAreMissingAreNamed() {
        try (World world = new World()) {
            world.sandbox.control("PATCH", "settings", "{\"granted_scopes\":"
                    + "{\"anna@example.com\":{\"zoom\":[\"meeting:write:meeting\"]}}}");
            world.authorize(Provider.ZOOM, ANNA);
            Meeting created =
                    world.bridge.createMeeting(Provider.ZOOM, ANNA, meeting().build());
            AuthorizationRequiredException required = assertThrows(
                    AuthorizationRequiredException.class,
                    () -> world.bridge.getMeeting(Provider.ZOOM, ANNA, created.getId()));
            assertEquals(Status.SCOPE_MISSING, required.getStatus());
            assertEquals(Provider.ZOOM, required.provider());
            assertTrue(required.getMissingScopes().contains("meeting:read:meeting"));
            assertEquals(Optional.of(400), required.getProviderStatus());
            assertEquals(Optional.of("4711"), required.getProviderCode());
            Told.failure(required);
        }
    }

    @Test
    void usersAreRenamedAndForgotten() {
        try (World world = new World()) {
            MeetBridge bridge = world.bridge;
            world.authorize(Provider.ZOOM, ANNA);
            bridge.renameUser(ANNA, "Anna Berg/HR/Acme");
            assertFalse(bridge.getAuthorization(Provider.ZOOM, ANNA).isPresent());
            // A canonical name is the same as an abbreviated one.
            String canonical = "CN=Anna Berg/OU=HR/O=Acme";
            assertEquals("Anna Berg/HR/Acme",
                    bridge.getAuthorization(Provider.ZOOM, canonical).get().getUser());
            bridge.forgetUser(canonical);
            assertFalse(bridge.getAuthorization(Provider.ZOOM, canonical).isPresent());
            MeetBridgeException nothing =
                    fails(Status.NOT_AUTHORIZED, () -> bridge.forgetUser(canonical));
            // There is no provider at which the user could start.
            assertEquals(MeetBridgeException.class, nothing.getClass());
            bridge.forgetUser(canonical, Options.builder().ignoreMissing(true).build());
        }
    }
}
