package org.meetbridge.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.Paths;

import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletRequestWrapper;
import javax.servlet.http.HttpServletResponse;

import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.meetbridge.servlet.AuthorizationServlet;

/** A server on which the library or its settings are missing: its administrator is told. */
class NotInstalledIT {
    /** What the other process runs: prints status and text of the first page. */
    public static final class Page {
        public static void main(String[] arguments) throws Exception {
            Server server = new Server();
            ServerConnector connector = new ServerConnector(server);
            connector.setHost("127.0.0.1");
            server.addConnector(connector);
            ServletContextHandler pages = new ServletContextHandler();
            pages.addServlet(new ServletHolder(new SignedIn()), "/meetbridge/*");
            server.setHandler(pages);
            server.start();
            HttpResponse<String> page = HttpClient.newHttpClient().send(HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/meetbridge/"))
                    .build(), HttpResponse.BodyHandlers.ofString());
            System.out.println(page.statusCode() + " " + page.body());
            server.stop();
        }
    }

    private static final class SignedIn extends AuthorizationServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws IOException {
            super.service(new HttpServletRequestWrapper(request) {
                @Override
                public String getRemoteUser() {
                    return Host.ANNA;
                }
            }, response);
        }
    }

    @Test
    void theFirstPageSaysWhatToDo(@TempDir Path folder) throws Exception {
        String library = System.getProperty("meetbridge.library");
        String missing = folder.resolve("missing").toString();
        expect("500", "NOT_AVAILABLE", run(missing, missing));
        expect("503", "INVALID_SETTINGS", run(library, missing));
    }

    private static void expect(String status, String name, String output) {
        String page = output.substring(output.indexOf(status + " <!DOCTYPE html>"));
        assertTrue(page.contains("<code>" + name + "</code>"), page);
        assertTrue(page.contains("<h2>For your administrator</h2>\n<p>"), page);
        // The log has it under the reference of the page.
        String reference = page.replaceFirst("(?s).*reference <code>([0-9a-f]+)</code>.*", "$1");
        assertTrue(output.contains(reference + " " + Host.ANNA + ": " + name + ": "), output);
        assertEquals(1, output.split(name + ": ", -1).length - 1, output);
    }

    private static String run(String library, String settings) throws Exception {
        Process page = new ProcessBuilder(
                Paths.get(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dmeetbridge.library=" + library, "-Dmeetbridge.settings=" + settings,
                "-classpath", System.getProperty("java.class.path"), Page.class.getName())
                .redirectErrorStream(true).start();
        String output = new String(page.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        page.waitFor();
        return output;
    }
}
