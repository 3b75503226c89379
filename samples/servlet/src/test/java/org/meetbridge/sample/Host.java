package org.meetbridge.sample;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

import javax.servlet.Servlet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.eclipse.jetty.security.HashLoginService;
import org.eclipse.jetty.security.UserStore;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandlerCollection;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.eclipse.jetty.util.security.Credential;
import org.eclipse.jetty.webapp.WebAppContext;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.meetbridge.MeetBridge;
import org.meetbridge.WebhookOutcome;
import org.meetbridge.servlet.AuthorizationServlet;
import org.meetbridge.servlet.WebhookServlet;
import org.meetbridge.testing.Sandbox;

/**
 * Jetty with the war, a sandbox, and settings that join them. One for all tests, as a server has
 * one {@code MeetBridge.shared()}; each test has users of its own.
 */
final class Host implements AutoCloseable {
    /** On a class of tests: the last of them ends the host. */
    static final class Owner implements BeforeAllCallback {
        @Override
        public void beforeAll(ExtensionContext tests) throws Exception {
            tests.getRoot().getStore(Namespace.GLOBAL).put(Host.class, Host.get());
        }
    }

    static final String PASSWORD = "secret";
    static final String ANNA = "CN=Anna Berg/OU=HR/O=Acme";
    static final String KEN = "Ken Sato/Osaka/Acme";
    static final String MARKUP = "<b onclick=\"alert(1)\">Eve</b>'&amp;";
    static final String SATO = "佐藤 健/大阪/Acme";
    static final String MAIL = "guest@example.com";
    static final String FIRST = "first@example.com";
    static final String SECOND = "Second/Acme";
    static final String BOTH = "Both/Acme";
    static final String STRANGER = "Stranger/Elsewhere";

    private static Host host;

    final Sandbox sandbox;
    final String url;
    /** What the servlet at /open/webhooks was told. */
    final Queue<WebhookOutcome> outcomes = new ConcurrentLinkedQueue<>();
    private final Server server = new Server();
    private final ObjectNode settings;
    private final Path file;

    static synchronized Host get() throws Exception {
        if (host == null) {
            host = new Host();
        }
        return host;
    }

    private Host() throws Exception {
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        UserStore users = new UserStore();
        for (String name : new String[] {
            ANNA, KEN, MARKUP, SATO, MAIL, FIRST, SECOND, BOTH, STRANGER, "Anonymous"}) {
            users.addUser(name, Credential.getCredential(PASSWORD), new String[] {"user"});
        }
        HashLoginService login = new HashLoginService("Meetbridge sample");
        login.setUserStore(users);
        server.addBean(login);
        server.setHandler(new ContextHandlerCollection(open(), war()));
        server.start();
        url = "http://127.0.0.1:" + connector.getLocalPort();

        sandbox = Sandbox.start();
        settings = sandbox.settings();
        settings.withArray("apps").forEach(app -> {
            ((ObjectNode) app).putArray("redirect_urls")
                    .add(url + "/servlet/meetbridge/oauth/v1");
            ((ObjectNode) app).putArray("exclude").add(STRANGER);
        });
        file = sandbox.folder().resolve("settings.json");
        Files.writeString(file, settings.toString());
        System.setProperty("meetbridge.settings", file.toString());
    }

    private static WebAppContext war() {
        WebAppContext war = new WebAppContext();
        war.setContextPath("/");
        war.setWar(System.getProperty("sample.war"));
        ServletHolder administered = new ServletHolder(new AuthorizationServlet());
        administered.setInitParameter("administrators", "Anna Berg/HR/Acme");
        war.addServlet(administered, "/servlet/administered/*");
        return war;
    }

    /** The servlets where nobody has to sign in, and with other parameters than in the war. */
    private ServletContextHandler open() {
        ServletContextHandler open = new ServletContextHandler();
        open.setContextPath("/open");
        ServletHolder pages = new ServletHolder(new AuthorizationServlet());
        pages.setInitParameter("sign-in", "/names.nsf?Login&RedirectTo=/servlet/meetbridge");
        open.addServlet(pages, "/meetbridge/*");
        Servlet webhooks = new WebhookServlet() {
            private static final long serialVersionUID = 1;

            @Override
            protected void received(WebhookOutcome outcome) {
                outcomes.add(outcome);
                throw new NoClassDefFoundError("a listener that is not installed");
            }
        };
        open.addServlet(new ServletHolder(webhooks), "/webhooks/*");
        return open;
    }

    /** Changes the settings, as their administrator would; null is how they were. */
    void change(Consumer<ObjectNode> change) throws Exception {
        ObjectNode changed = settings.deepCopy();
        if (change != null) {
            change.accept(changed);
        }
        Files.writeString(file, changed.toString());
        MeetBridge.shared().reload();
    }

    @Override
    public void close() {
        // Jetty ends with the process.
        sandbox.close();
    }

    static Path pictures() throws Exception {
        return Files.createDirectories(Paths.get(System.getProperty("sample.pictures")));
    }
}
