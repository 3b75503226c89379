package org.meetbridge.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;

import org.junit.jupiter.api.Test;

/** What needs neither a container nor the library. */
class PartsTest {
    @Test
    void everyLanguageSaysEverything() {
        Texts english = Texts.ALL.get(0);
        for (Texts texts : Texts.ALL) {
            assertEquals(english.names(), texts.names());
            for (String name : english.names()) {
                for (String gap : new String[] {"{0}", "{1}"}) {
                    assertEquals(english.get(name).contains(gap), texts.get(name).contains(gap),
                            name);
                }
                assertFalse(texts.get(name).isEmpty(), name);
            }
        }
        // A page asks for the title and for what is below it.
        for (String name : english.names()) {
            if (name.startsWith("failure") && !name.endsWith(".text")) {
                assertTrue(english.has(name + ".text"), name);
            }
        }
    }

    @Test
    void theReaderGetsHisLanguage() {
        String[][] wishes = {
            {"ja", "ja"}, {"ja-JP,en;q=0.5", "ja"}, {"en-GB,ja;q=0.9", "en"},
            {"de,ja;q=0.3", "ja"}, {"de", "en"}, {"*", "en"}, {"", "en"}, {null, "en"},
            {"q=;;,,\u0000", "en"}, {"ja;q=0", "en"},
        };
        for (String[] wish : wishes) {
            assertEquals(wish[1], Texts.forReader(wish[0]).locale.getLanguage(), wish[0]);
        }
    }

    @Test
    void nobodyIsNobodyInEveryForm() {
        for (String nobody : new String[] {null, "", "  ", "Anonymous", "anonymous",
                "CN=Anonymous", "Ａｎｏｎｙｍｏｕｓ"}) {
            assertNull(Names.signedIn(nobody), nobody);
        }
        assertNotNull(Names.signedIn("CN=Anna Berg/O=Acme"));
    }

    @Test
    void canonicalAndAbbreviatedNamesAreOne() {
        Set<String> names = Names.list(" CN=Anna Berg/OU=HR/O=Acme; ken@example.com;; ");
        assertEquals(2, names.size());
        assertTrue(names.contains(Names.normal("anna berg/hr/ACME")));
        assertTrue(names.contains(Names.normal("CN=Anna Berg/OU1=HR/O=Acme")));
        assertTrue(names.contains(Names.normal("ＡＮＮＡ\u3000Ｂｅｒｇ/HR/Acme")));
        assertFalse(names.contains(Names.normal("Anna Berg/Acme")));
        assertTrue(Names.list(null).isEmpty());
    }

    @Test
    void ourPagesAreOnThisServer() {
        assertEquals("/servlet/meetbridge", Visit.servlet("/servlet/meetbridge/oauth/v1",
                "/oauth/v1"));
        assertEquals("/servlet/meetbridge", Visit.servlet("/servlet/meetbridge", null));
        assertEquals("/m", Visit.servlet("/m/;jsessionid=A", "/"));
        assertEquals("/m", Visit.servlet("/m;jsessionid=A", null));
        assertEquals("/m", Visit.servlet("/m;a=b/oauth/v1;jsessionid=A/B", "/oauth/v1/B"));
        assertEquals("/m%20n", Visit.servlet("/m%20n/foo%20bar", "/foo bar"));
        assertEquals("", Visit.servlet("/start", "/start"));
        assertEquals("", Visit.servlet("/", null));
        assertEquals("/evil.example", Visit.servlet("//evil.example/", "/"));
        assertEquals("/evil.example", Visit.servlet("/\\evil.example/", "/"));
    }

    @Test
    void nothingFromOutsideBecomesMarkup() {
        String page = new Html().element("p", "<b>\"A\" & 'B'</b>").toString();
        assertEquals("<p>&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;</p>", page);
    }
}
