package org.meetbridge.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.Optional;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.meetbridge.Authorization;
import org.meetbridge.MeetBridge;
import org.meetbridge.MeetBridgeException;
import org.meetbridge.Meeting;
import org.meetbridge.MeetingRequest;
import org.meetbridge.Provider;
import org.meetbridge.testing.Sandbox;

/** What a browser would not send, or a person would not see. */
@ExtendWith(Host.Owner.class)
class PagesIT {
    private static final String PAGES = "/servlet/meetbridge";

    @Test
    void nobodyIsAskedToSignIn() throws Exception {
        Visitor anonymous = Visitor.of("Anonymous");
        for (String path : new String[] {"/", "/start?provider=zoom", "/oauth/v1?code=1&state=2"}) {
            HttpResponse<String> refused = anonymous.get(PAGES + path);
            assertEquals(403, refused.statusCode(), path);
            assertTrue(refused.body().contains("Please sign in"), refused.body());
        }
        Visitor nobody = Visitor.nobody();
        HttpResponse<String> refused = nobody.get("/open/meetbridge/start?provider=zoom");
        assertEquals(403, refused.statusCode());
        assertTrue(refused.body().contains(
                "href=\"/names.nsf?Login&amp;RedirectTo=/servlet/meetbridge\""), refused.body());
        assertEquals(403, nobody.post("/open/meetbridge/disconnect", "provider", "zoom")
                .statusCode());
        // In the war the container asks first.
        assertTrue(header(nobody.get(PAGES + "/"), "location").contains("/login.html"));
    }

    @Test
    void whoSignsInWronglyIsTold() throws Exception {
        Visitor nobody = Visitor.nobody();
        String login = header(nobody.get(PAGES + "/"), "location");
        HttpResponse<String> failed = nobody.get(header(nobody.post("/j_security_check",
                "j_username", Host.KEN, "j_password", "wrong"), "location"));
        assertTrue(failed.body().contains("name or the password is wrong"), failed.body());
        for (HttpResponse<String> page : Arrays.asList(failed, nobody.get(login))) {
            assertEquals(200, page.statusCode());
            assertEquals("DENY", header(page, "x-frame-options"));
            assertEquals("nosniff", header(page, "x-content-type-options"));
            assertTrue(header(page, "content-security-policy").contains("frame-ancestors 'none'"));
        }
    }

    @Test
    void everyAnswerIsProtected() throws Exception {
        Visitor ken = Visitor.of(Host.KEN);
        for (String path : new String[] {"", "/", "/start?provider=zoom", "/start?provider=skype",
                "/oauth/v1", "/oauth/v1?state=1", "/nowhere"}) {
            HttpResponse<String> answer = ken.get(PAGES + path);
            String policy = header(answer, "content-security-policy");
            assertTrue(policy.startsWith("default-src 'none'; style-src 'sha256-"), policy);
            assertTrue(policy.contains("frame-ancestors 'none'"), policy);
            assertEquals("DENY", header(answer, "x-frame-options"), path);
            assertEquals("nosniff", header(answer, "x-content-type-options"), path);
            assertEquals("no-referrer", header(answer, "referrer-policy"), path);
            assertEquals("no-store", header(answer, "cache-control"), path);
        }
    }

    @Test
    void noAddressIsTakenFromTheRequest() throws Exception {
        Visitor ken = Visitor.of(Host.KEN);
        String evil = "https%3A%2F%2Fevil.example";
        HttpResponse<String> start = ken.get(PAGES + "/start?provider=zoom&redirect=" + evil
                + "&redirect_uri=" + evil + "&next=" + evil);
        assertEquals(302, start.statusCode());
        String target = header(start, "location");
        assertTrue(target.startsWith(Host.get().sandbox.url() + "/zoom/oauth/authorize?"), target);
        assertFalse(target.contains("evil"), target);
    }

    @Test
    void aForgedCallbackConnectsNobody() throws Exception {
        Visitor ken = Visitor.of(Host.KEN);
        String start = header(ken.get(PAGES + "/start?provider=zoom"), "location");
        String callback = Host.get().sandbox.consent(URI.create(start), Sandbox.KEN, true);

        // Somebody else is made to open the callback, and would have Ken's account.
        Visitor anna = Visitor.of(Host.STRANGER);
        HttpResponse<String> refused = anna.get(callback);
        assertEquals(403, refused.statusCode());
        assertTrue(refused.body().contains("Somebody else has started this"), refused.body());
        assertFalse(connected(Provider.ZOOM, Host.STRANGER).isPresent());
        assertFalse(connected(Provider.ZOOM, Host.KEN).isPresent());

        assertEquals(400, ken.get(callback.replaceFirst("state=.", "state=")).statusCode());
        assertEquals(400, ken.get(callback + "&code=another").statusCode());
        assertFalse(connected(Provider.ZOOM, Host.KEN).isPresent());

        // What was done by others did not spend it.
        assertTrue(ken.get(callback).body().contains("Zoom is connected"));
        MeetBridge.shared().revokeAuthorization(Provider.ZOOM, Host.KEN);
        // Replayed when there is nothing connected any more.
        HttpResponse<String> replayed = ken.get(callback);
        assertEquals(400, replayed.statusCode());
        assertTrue(replayed.body().contains("This address was used before"), replayed.body());
    }

    @Test
    void anotherSiteStartsNothing() throws Exception {
        Visitor ken = Visitor.of(Host.KEN);
        String[] elsewhere = {"Sec-Fetch-Site", "cross-site"};
        for (String path : new String[] {"/start?provider=zoom", "/oauth/v1?code=theirs"}) {
            HttpResponse<String> page = ken.get(PAGES + path, elsewhere);
            assertEquals(200, page.statusCode(), path);
            assertTrue(page.body().contains("Connect Zoom?"), page.body());
            assertTrue(page.body().contains("href=\"/servlet/meetbridge/start?provider=zoom\""),
                    page.body());
            // From a mail program, by hand, and by the button on our own page.
            for (String site : new String[] {"none", "same-origin"}) {
                assertEquals(302, ken.get(PAGES + path, "Sec-Fetch-Site", site).statusCode());
            }
        }
        // The provider is another site too when it sends the user back.
        String start = header(ken.get(PAGES + "/start?provider=webex"), "location");
        String callback = Host.get().sandbox.consent(URI.create(start), Sandbox.KEN, true);
        assertTrue(ken.get(callback, elsewhere).body().contains("Webex is connected"));
        MeetBridge.shared().revokeAuthorization(Provider.WEBEX, Host.KEN);
    }

    @Test
    void whatCannotBeReadIsTheCallersFault() throws Exception {
        Visitor ken = Visitor.of(Host.KEN);
        for (String path : new String[] {"/start?provider=%zz", "/start?provider=%ff",
                "/oauth/v1?%zz", "/oauth/v1?code=%ff"}) {
            String answer = ken.raw(PAGES + path);
            assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
            assertTrue(answer.contains("There is no such page"), answer);
        }
        // More than Jetty takes, but all of it on its way before Jetty answers.
        String[] fields = new String[2 * 1010];
        Arrays.setAll(fields, at -> "f" + at);
        HttpResponse<String> big = ken.post(PAGES + "/disconnect", fields);
        assertEquals(400, big.statusCode());
        assertTrue(big.body().contains("There is no such page"), big.body());
        assertTrue(big.body().contains("href=\"/servlet/meetbridge/\""), big.body());
    }

    @Test
    void linksAreRightWhateverTheAddressLooksLike() throws Exception {
        Visitor ken = Visitor.of(Host.KEN);
        String link = "href=\"/servlet/meetbridge/start?provider=zoom\"";
        for (String path : new String[] {"", "/", "/;jsessionid=A"}) {
            String page = ken.get(PAGES + path).body();
            assertTrue(page.contains(link), path + ": " + page);
        }
        for (String path : new String[] {"/foo%20bar", "/foo/bar;a=b/"}) {
            HttpResponse<String> page = ken.get(PAGES + path);
            assertEquals(404, page.statusCode());
            assertTrue(page.body().contains("href=\"/servlet/meetbridge/\""), page.body());
        }
    }

    @Test
    void theInstallButtonOfZoomStartsTheFlow() throws Exception {
        Visitor ken = Visitor.of(Host.KEN);
        HttpResponse<String> answer = ken.get(PAGES + "/oauth/v1?code=from-the-marketplace");
        assertEquals(302, answer.statusCode());
        URI target = URI.create(header(answer, "location"));
        assertTrue(target.getPath().endsWith("/zoom/oauth/authorize"), target.toString());
        assertTrue(target.getQuery().contains("state="), target.toString());
        // Without a code nobody has installed anything.
        assertEquals(200, ken.get(PAGES + "/oauth/v1").statusCode());
        HttpResponse<String> denied = ken.get(PAGES + "/oauth/v1?error=access_denied");
        assertTrue(denied.body().contains("Nothing was connected"), denied.body());
    }

    @Test
    void onlyOurOwnFormDisconnects() throws Exception {
        Visitor ken = Visitor.of(Host.KEN);
        HttpResponse<String> page = ken.connect("webex", Sandbox.KEN);
        assertTrue(page.body().contains("Webex is connected"), page.body());
        String token = Visitor.token(page);
        String form = PAGES + "/disconnect";

        assertEquals(403, ken.post(form, "provider", "webex").statusCode());
        assertEquals(403, ken.post(form, "provider", "webex", "token", "0".repeat(64))
                .statusCode());
        assertEquals(403, ken.post(form, new String[] {"Sec-Fetch-Site", "cross-site"},
                "provider", "webex", "token", token).statusCode());
        assertEquals(403, ken.post(form, new String[] {"Sec-Fetch-Site", "same-site"},
                "provider", "webex", "token", token).statusCode());
        assertEquals(404, ken.get(form + "?provider=webex&token=" + token).statusCode());

        // Another user's form, even in the same browser.
        Visitor sato = Visitor.of(Host.SATO);
        sato.cookies.getCookieStore()
                .add(URI.create(Host.get().url), ken.cookie("meetbridge-form"));
        assertEquals(403, sato.post(form, "provider", "webex", "token", token).statusCode());

        assertTrue(connected(Provider.WEBEX, Host.KEN).isPresent());
        HttpResponse<String> done = ken.post(form, new String[] {"Sec-Fetch-Site", "same-origin"},
                "provider", "webex", "token", token);
        assertEquals(200, done.statusCode());
        assertTrue(done.body().contains("Webex is disconnected"), done.body());
        assertFalse(connected(Provider.WEBEX, Host.KEN).isPresent());

        // Without the cookie.
        ken.connect("webex", Sandbox.KEN);
        ken.forgetCookie("meetbridge-form");
        assertEquals(403, ken.post(form, "provider", "webex", "token", token).statusCode());
        assertTrue(connected(Provider.WEBEX, Host.KEN).isPresent());
        MeetBridge.shared().revokeAuthorization(Provider.WEBEX, Host.KEN);
    }

    @Test
    void bothFormsOfAFreshBrowsersFirstPageWork() throws Exception {
        Visitor before = Visitor.of(Host.BOTH);
        before.connect("zoom", Sandbox.KEN);
        before.connect("webex", Sandbox.KEN);
        Visitor both = Visitor.of(Host.BOTH);
        String token = Visitor.token(both.get(PAGES + "/"));
        for (Provider provider : Provider.values()) {
            assertEquals(200, both.post(PAGES + "/disconnect",
                    "provider", provider.id(), "token", token).statusCode());
            assertFalse(connected(provider, Host.BOTH).isPresent());
        }
    }

    @Test
    void otherMethodsAndPlacesAreRefused() throws Exception {
        Visitor ken = Visitor.of(Host.KEN);
        for (String method : new String[] {"PUT", "DELETE", "OPTIONS", "HEAD"}) {
            HttpResponse<String> refused =
                    ken.send(method, PAGES + "/oauth/v1?code=1", BodyPublishers.noBody());
            assertEquals(405, refused.statusCode(), method);
            assertEquals("GET, POST", header(refused, "allow"));
        }
        HttpResponse<String> unknown = ken.get(PAGES + "/%3Cscript%3E");
        assertEquals(404, unknown.statusCode());
        assertFalse(unknown.body().contains("<script>"), unknown.body());
        HttpResponse<String> provider = ken.get(PAGES + "/start?provider=%3Cscript%3E");
        assertEquals(400, provider.statusCode());
        assertFalse(provider.body().contains("<script>"), provider.body());
        assertEquals(400, ken.get(PAGES + "/start").statusCode());
    }

    @Test
    void whoIsNoMemberIsTold() throws Exception {
        Visitor stranger = Visitor.of(Host.STRANGER);
        String page = stranger.get(PAGES + "/").body();
        assertTrue(page.contains("No meeting service is set up for you"), page);
        HttpResponse<String> refused = stranger.get(PAGES + "/start?provider=zoom");
        assertEquals(403, refused.statusCode());
        assertTrue(refused.body().contains("Zoom is not set up for you"), refused.body());
        assertFalse(refused.body().contains("Try again"), refused.body());
    }

    @Test
    void whoWasSupersededIsToldAndMayConnectAgain() throws Exception {
        Visitor first = Visitor.of(Host.FIRST);
        first.connect("zoom", Sandbox.GUEST);
        Visitor.of(Host.SECOND).connect("zoom", Sandbox.GUEST);
        String page = first.get(PAGES + "/").body();
        assertTrue(page.contains("Somebody else here has connected the same Zoom account"), page);
        assertTrue(page.contains("Connect Zoom again"), page);
    }

    @Test
    void theSampleCreatesOneMeetingForAnEntry() throws Exception {
        Visitor second = Visitor.of(Host.SECOND);
        String[] entry = {"provider", "webex", "entry", "8F2C", "icalendar", "BEGIN:VEVENT\r\n"
                + "UID:8F2C\r\nSUMMARY:Budget\r\nDTSTART:20300325T080000Z\r\n"
                + "DTEND:20300325T083000Z\r\nEND:VEVENT\r\n"};
        String[] script = {"X-Requested-With", "fetch", "Accept-Language", "ja"};
        assertEquals(400, second.post("/servlet/meeting", entry).statusCode());

        HttpResponse<String> required = second.post("/servlet/meeting", script, entry);
        assertEquals(403, required.statusCode());
        assertEquals("/servlet/meetbridge/start?provider=webex", required.body().trim());
        second.connect("webex", Sandbox.KEN);
        HttpResponse<String> created = second.post("/servlet/meeting", script, entry);
        assertEquals(200, created.statusCode(), created.body());
        assertTrue(created.body().contains(Host.get().sandbox.url() + "/webex/meet/"),
                created.body());
        assertTrue(created.body().contains("会議"), created.body());
        assertEquals(created.body(), second.post("/servlet/meeting", script, entry).body());
        String calendar = entry[5];
        entry[5] = calendar.replace("Budget", "Another entry");
        assertEquals(409, second.post("/servlet/meeting", script, entry).statusCode());
        // As the guide does it: the conflict names the meeting that is to be changed.
        MeetingRequest.Builder wish = MeetingRequest.builder().icalendar(entry[5]);
        MeetBridgeException conflict = assertThrows(MeetBridgeException.class,
                () -> MeetBridge.shared().createMeeting(
                        Provider.WEBEX, Host.SECOND, wish.reference("8F2C").build()));
        Meeting changed = MeetBridge.shared().updateMeeting(Provider.WEBEX, Host.SECOND,
                conflict.getMeetingId().get(), wish.reference(null).build());
        assertEquals("Another entry", changed.getTopic().get());
        entry[5] = "nonsense";
        assertEquals(400, second.post("/servlet/meeting", script, entry).statusCode());
        entry[5] = calendar;
        entry[1] = "skype";
        assertEquals(400, second.post("/servlet/meeting", script, entry).statusCode());
        entry[1] = "webex";
        entry[3] = "";
        assertEquals(400, second.post("/servlet/meeting", script, entry).statusCode());
    }

    @Test
    void anOutageIsNotTheUsersFault() throws Exception {
        Visitor ken = Visitor.of(Host.KEN);
        String start = header(ken.get(PAGES + "/start?provider=webex"), "location");
        String callback = Host.get().sandbox.consent(URI.create(start), Sandbox.KEN, true);
        Host.get().sandbox.control("POST", "faults",
                "{\"route\": \"webex.token\", \"kind\": \"status\", \"code\": 503}");
        HttpResponse<String> page = ken.get(callback);
        assertEquals(503, page.statusCode());
        assertTrue(page.body().contains("Webex cannot be reached just now"), page.body());
        assertTrue(page.body().contains("PROVIDER_UNAVAILABLE"), page.body());
        assertTrue(page.body().contains("start?provider=webex\">Try again"), page.body());
    }

    @Test
    void onlyAdministratorsConnectWhereTheParameterSaysSo() throws Exception {
        Visitor ken = Visitor.of(Host.KEN);
        String page = ken.get("/servlet/administered/").body();
        assertFalse(page.contains("start?provider"), page);
        assertTrue(page.contains("an administrator connects the account"), page);
        for (String path : new String[] {"/start?provider=zoom", "/oauth/v1?code=1"}) {
            assertEquals(403, ken.get("/servlet/administered" + path).statusCode(), path);
        }
        assertEquals(403, ken.post("/servlet/administered/disconnect", "provider", "zoom")
                .statusCode());
        Visitor anna = Visitor.of(Host.ANNA);
        assertEquals(302, anna.get("/servlet/administered/start?provider=zoom").statusCode());
    }

    @Test
    void whatAnAdministratorHasConnectedIsHisToDisconnect() throws Exception {
        Host.get().change(settings -> ((ObjectNode) settings.get("apps").get(0))
                .put("client_id", "sandbox-zoom-account")
                .put("client_secret", "sandbox-zoom-account-secret")
                .put("kind", "account"));
        try {
            Visitor anna = Visitor.of(Host.ANNA);
            String done = anna.connect("zoom", Sandbox.ANNA).body();
            assertTrue(done.contains("Zoom is connected"), done);
            assertTrue(done.contains("Disconnect Zoom"), done);
            String page = Visitor.of(Host.KEN).get("/servlet/administered/").body();
            assertTrue(page.contains("Your administrator (Anna Berg/HR/Acme)"), page);
            assertFalse(page.contains("Disconnect Zoom"), page);
        } finally {
            Host.get().change(null);
        }
    }

    private static Optional<Authorization> connected(Provider provider, String user) {
        try {
            return MeetBridge.shared().getAuthorization(provider, user);
        } catch (MeetBridgeException notServed) {
            return Optional.empty();
        }
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("(no " + name + ")");
    }
}
