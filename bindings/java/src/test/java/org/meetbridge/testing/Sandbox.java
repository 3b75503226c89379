package org.meetbridge.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The imitation of Zoom and Webex as a process of its own, with a folder for what is kept beside
 * it. Its people are {@link #ANNA} (an administrator), {@link #KEN} and {@link #GUEST}.
 */
public final class Sandbox implements AutoCloseable {
    public static final String ANNA = "anna@example.com";
    public static final String KEN = "ken@example.com";
    public static final String GUEST = "guest@example.com";
    /** Where the apps of {@link #settings()} send users back to. */
    public static final String CALLBACK = "http://127.0.0.1:8931/callback";
    /** What the apps of {@link #settings()} sign notifications with. */
    public static final String WEBHOOK_SECRET = "notification-secret";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final Process process;
    private final Thread atExit;
    private final URI url;

    private Sandbox(Path folder, Process process) throws IOException, InterruptedException {
        this.folder = folder;
        this.process = process;
        // A test run that is ended from outside leaves nothing behind.
        atExit = new Thread(process::destroy);
        Runtime.getRuntime().addShutdownHook(atExit);
        Path ready = folder.resolve("ready");
        while (!Files.exists(ready)) {
            if (process.waitFor(5, TimeUnit.MILLISECONDS)) {
                throw new IOException("the sandbox ended with " + process.exitValue());
            }
        }
        url = URI.create(Files.readAllLines(ready).get(0));
    }

    /** Starts the program that the system property {@code meetbridge.sandbox} names. */
    public static Sandbox start() {
        try {
            Path folder = Files.createTempDirectory("meetbridge");
            Process process = new ProcessBuilder(System.getProperty("meetbridge.sandbox"),
                    "--ready-file", folder.resolve("ready").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("output").toFile())
                    .start();
            return new Sandbox(folder, process);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        } catch (InterruptedException error) {
            throw new IllegalStateException(error);
        }
    }

    /** Where it listens, without a slash at the end. */
    public URI url() {
        return url;
    }

    /** For store, key and whatever else a test keeps. Goes with the sandbox. */
    public Path folder() {
        return folder;
    }

    /** Settings with an app of each provider; a test may change them. */
    public ObjectNode settings() {
        ObjectNode settings = JSON.createObjectNode();
        ArrayNode apps = settings.putArray("apps");
        ObjectNode zoom = app(apps.addObject(), "zoom");
        zoom.put("authorization_url", url + "/zoom/oauth/authorize");
        zoom.put("token_url", url + "/zoom/oauth/token");
        zoom.put("revoke_url", url + "/zoom/oauth/revoke");
        zoom.put("api_url", url + "/zoom/v2");
        ObjectNode webex = app(apps.addObject(), "webex");
        webex.put("authorization_url", url + "/webex/v1/authorize");
        webex.put("token_url", url + "/webex/v1/access_token");
        webex.put("api_url", url + "/webex/v1");
        settings.putObject("store").put("sqlite", folder.resolve("meetbridge.db").toString());
        settings.putObject("key").put("file", folder.resolve("meetbridge.key").toString());
        settings.putObject("http").put("timeout_seconds", 30);
        return settings;
    }

    private static ObjectNode app(ObjectNode app, String provider) {
        app.put("provider", provider);
        app.put("client_id", "sandbox-" + provider);
        app.put("client_secret", "sandbox-" + provider + "-secret");
        app.put("webhook_secret", WEBHOOK_SECRET);
        app.putArray("redirect_urls").add(CALLBACK);
        return app;
    }

    /** Does what a browser and a person would do, and gives the callback's address. */
    public String consent(URI authorizationUrl, String person, boolean allow) {
        ObjectNode body = JSON.createObjectNode();
        body.put("authorization_url", authorizationUrl.toString());
        body.put("user", person);
        body.put("decision", allow ? "allow" : "deny");
        return control("POST", "consent", body).get("location").asText();
    }

    /** Calls the control interface with JSON, which may be null. */
    public JsonNode control(String method, String path, String json) {
        try {
            return control(method, path, json == null ? null : JSON.readTree(json));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private JsonNode control(String method, String path, JsonNode body) {
        // Not by HttpURLConnection, which knows no PATCH.
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            byte[] content = body == null ? new byte[0] : JSON.writeValueAsBytes(body);
            String head = method + " /_sandbox/" + path + " HTTP/1.0\r\nHost: " + url.getAuthority()
                    + "\r\nContent-Type: application/json\r\nContent-Length: " + content.length
                    + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(content);
            String[] answer = text(socket.getInputStream()).split("\r\n\r\n", 2);
            if (!answer[0].split(" ")[1].equals("200")) {
                throw new IOException(method + " " + path + ": " + answer[0] + " " + answer[1]);
            }
            return JSON.readTree(answer[1]);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static String text(InputStream stream) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        for (int count; (count = stream.read(buffer)) >= 0;) {
            bytes.write(buffer, 0, count);
        }
        return new String(bytes.toByteArray(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        process.destroy();
        try (Stream<Path> files = Files.walk(folder)) {
            process.waitFor();
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(file);
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }

    /** The root of the source tree, which the system property {@code meetbridge.root} names. */
    public static Path root() {
        return Paths.get(System.getProperty("meetbridge.root"));
    }
}
