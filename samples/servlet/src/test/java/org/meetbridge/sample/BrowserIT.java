package org.meetbridge.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.time.Instant;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.meetbridge.Authorization;
import org.meetbridge.MeetBridge;
import org.meetbridge.MeetingRequest;
import org.meetbridge.Provider;
import org.meetbridge.testing.Sandbox;

/** A person with a browser: signs in, reads, decides, comes back. */
@ExtendWith(Host.Owner.class)
class BrowserIT {
    private Host host;
    private String pages;

    @BeforeEach
    void start() throws Exception {
        host = Host.get();
        pages = host.url + "/servlet/meetbridge/";
    }

    @Test
    void connectsAndDisconnectsBothProviders() throws Exception {
        try (Browser browser = new Browser("en")) {
            browser.open(pages);
            browser.signIn(Host.ANNA);
            browser.waitFor("Your meeting services");
            assertTrue(browser.text().contains("Anna Berg/HR/Acme"), browser.text());
            look(browser, "overview-en");

            for (String brand : new String[] {"Zoom", "Webex"}) {
                String id = brand.toLowerCase();
                browser.click("a[href$='start?provider=" + id + "']");
                consent(browser, Sandbox.ANNA, "#allow");
                browser.waitFor(brand + " is connected");
                assertTrue(browser.address().startsWith(pages + "oauth/v1?"), browser.address());
                assertTrue(browser.text().contains(Sandbox.ANNA), browser.text());
                look(browser, "done-" + id + "-en");

                // Not only a page that says so.
                Provider provider = Provider.of(id);
                URI link = MeetBridge.shared().createMeeting(provider, Host.ANNA,
                        MeetingRequest.builder().topic("Weekly planning").duration(30)
                                .start(Instant.parse("2030-03-04T09:00:00Z")).build())
                        .getJoinUrl().get();
                assertEquals(host.sandbox.url().getAuthority(), link.getAuthority());

                // Loaded again the page says the same: the code is spent, and nothing is wrong.
                browser.open(browser.address());
                browser.waitFor(brand + " is connected");
            }

            browser.click("section:has(input[value=zoom]) summary");
            look(browser, "disconnect-en");
            browser.click("section:has(input[value=zoom]) button");
            browser.waitFor("Zoom is disconnected");
            assertFalse(of(Provider.ZOOM, Host.ANNA));
            assertTrue(of(Provider.WEBEX, Host.ANNA));
        }
    }

    @Test
    void refusesAndIsTold() throws Exception {
        try (Browser browser = new Browser("en")) {
            for (String id : new String[] {"zoom", "webex"}) {
                browser.open(pages + "start?provider=" + id);
                if (id.equals("zoom")) {
                    // From a link in a mail: first one signs in, then it goes on.
                    browser.signIn(Host.KEN);
                }
                consent(browser, Sandbox.KEN, "#deny");
                browser.waitFor("Nothing was connected");
                assertTrue(browser.text().contains("ACCESS_DENIED"), browser.text());
                look(browser, "refused-" + id + "-en");
                assertFalse(of(Provider.of(id), Host.KEN));

                // The way on.
                browser.click("a[href$='start?provider=" + id + "']");
                browser.waitUntil("consent", () -> browser.text().contains("Allow"));
            }
        }
    }

    @Test
    void isAskedFirstAfterAnotherSitesLink() throws Exception {
        for (String[] words : new String[][] {{"en", "Connect Zoom?"}, {"ja", "Zoom に接続しますか?"}}) {
            try (Browser browser = new Browser(words[0])) {
                browser.open(pages);
                browser.signIn(Host.KEN);
                browser.waitUntil("the overview", () -> browser.text().contains(Host.KEN));
                browser.open("data:text/html,<a href=" + pages + "start?provider=zoom>a prize</a>");
                browser.click("a");
                browser.waitFor(words[1]);
                look(browser, "invitation-" + words[0]);
                browser.click("a[href$='start?provider=zoom']");
                browser.waitUntil("consent", () -> browser.text().contains("Allow"));
            }
        }
    }

    @Test
    void readsJapanese() throws Exception {
        host.change(settings -> settings.put("language", "ja"));
        try (Browser browser = new Browser("ja,en;q=0.5")) {
            browser.open(pages);
            browser.signIn(Host.SATO);
            browser.waitFor("会議サービスの接続");
            assertEquals("ja", browser.run("return document.documentElement.lang").asText());
            look(browser, "overview-ja");
            browser.click("a[href$='start?provider=webex']");
            consent(browser, Sandbox.KEN, "#deny");
            browser.waitFor("接続しませんでした");
            look(browser, "refused-ja");
            browser.click("a[href$='start?provider=webex']");
            consent(browser, Sandbox.KEN, "#allow");
            browser.waitFor("Webex に接続しました");
            assertTrue(browser.text().contains(Host.SATO), browser.text());
            browser.click("summary");
            look(browser, "done-ja");
            browser.dark(true);
            look(browser, "done-dark-ja");
            browser.click("details button");
            browser.waitFor("Webex の接続を解除しました");
            assertFalse(of(Provider.WEBEX, Host.SATO));
        } finally {
            host.change(null);
        }
    }

    @Test
    void showsMarkupInANameAsText() throws Exception {
        try (Browser browser = new Browser("en")) {
            browser.open(pages + "oauth/v1?error=%3Cscript%3E&error_description="
                    + "%3Cimg%20src=x%20onerror=alert(1)%3E");
            browser.signIn(Host.MARKUP);
            browser.waitFor("refused the connection");
            assertEquals(0, browser.run(
                    "return document.querySelectorAll('img, main script').length").asInt());
            browser.open(pages);
            browser.waitFor("Your meeting services");
            assertTrue(browser.text().contains(Host.MARKUP), browser.text());
            assertEquals(0, browser.run("return document.querySelectorAll('[onclick]').length")
                    .asInt());
        }
    }

    private static void consent(Browser browser, String person, String decision) {
        browser.waitUntil("consent", () -> browser.text().contains("Allow"));
        if (decision.equals("#allow")) {
            browser.click("label:has(input[value='" + person + "'])");
        }
        browser.click(decision);
    }

    private static boolean of(Provider provider, String user) {
        return MeetBridge.shared().getAuthorization(provider, user)
                .filter(found -> found.getState() == Authorization.State.AUTHORIZED).isPresent();
    }

    /** As on a telephone and on a desk: nothing is cut off, nothing is too small for a finger. */
    private static void look(Browser browser, String name) throws Exception {
        for (int width : new int[] {360, 1200}) {
            browser.resize(width, 800);
            int wide = browser.run("return document.documentElement.scrollWidth").asInt();
            assertTrue(wide <= width, name + ": " + wide + " px do not fit " + width);
            assertEquals(0, browser.run("return [...document.querySelectorAll("
                    + "'a, summary, button')].filter(e => e.checkVisibility()"
                    + " && e.getBoundingClientRect().height < 44).length").asInt(), name);
            assertEquals(1, browser.run("return document.querySelectorAll('h1').length").asInt());
            // The policy lets the page's own style in.
            assertEquals("0px", browser.run("return getComputedStyle(document.body).marginTop")
                    .asText(), name);
            browser.picture(name + "-" + width);
        }
    }
}
