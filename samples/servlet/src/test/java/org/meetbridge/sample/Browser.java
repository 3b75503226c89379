package org.meetbridge.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Headless Chromium through chromedriver's own protocol (https://www.w3.org/TR/webdriver2/), with
 * a profile of its own.
 */
final class Browser implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String[] FLAGS = {
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
        "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    };

    private final HttpClient client = HttpClient.newHttpClient();
    private final Path profile = Files.createTempDirectory("meetbridge-browser");
    private final Process driver;
    private final String session;

    Browser(String language) throws Exception {
        driver = new ProcessBuilder("chromedriver", "--port=0").redirectErrorStream(true).start();
        String base = "http://127.0.0.1:" + port() + "/session";
        ObjectNode wish = MAPPER.createObjectNode();
        ObjectNode options = wish.putObject("capabilities").putObject("alwaysMatch")
                .putObject("goog:chromeOptions");
        Stream.of(FLAGS).forEach(options.withArray("args")::add);
        options.withArray("args").add("--user-data-dir=" + profile);
        session = base + "/" + send("POST", base, wish).get("sessionId").asText();
        cdp("Network.enable", MAPPER.createObjectNode());
        ObjectNode headers = MAPPER.createObjectNode();
        headers.putObject("headers").put("Accept-Language", language);
        cdp("Network.setExtraHTTPHeaders", headers);
    }

    private String port() throws IOException {
        BufferedReader lines = new BufferedReader(
                new InputStreamReader(driver.getInputStream(), StandardCharsets.UTF_8));
        for (String line; (line = lines.readLine()) != null; ) {
            if (line.contains("started successfully on port")) {
                return line.replaceAll(".*port (\\d+).*", "$1");
            }
        }
        throw new IOException("chromedriver does not start; `make test` installs it");
    }

    void open(String address) {
        ask("url", MAPPER.createObjectNode().put("url", address));
    }

    JsonNode run(String script) {
        ObjectNode call = MAPPER.createObjectNode().put("script", script);
        call.putArray("args");
        return ask("execute/sync", call);
    }

    /** What a person reads. */
    String text() {
        return run("return document.body ? document.body.innerText : ''").asText();
    }

    String address() {
        return run("return location.href").asText();
    }

    /** A click of the mouse at the middle of the element, which must be visible. */
    void click(String selector) {
        ask("element/" + element(selector) + "/click", MAPPER.createObjectNode());
    }

    void type(String selector, String text) {
        ask("element/" + element(selector) + "/value",
                MAPPER.createObjectNode().put("text", text));
    }

    void waitFor(String what) {
        waitUntil(what, () -> text().contains(what));
    }

    void waitUntil(String what, BooleanSupplier holds) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("waited in vain for " + what + " in " + text());
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        }
    }

    void signIn(String user) {
        type("input[name=j_username]", user);
        type("input[name=j_password]", Host.PASSWORD);
        click("button");
    }

    void resize(int width, int height) {
        cdp("Emulation.setDeviceMetricsOverride", MAPPER.createObjectNode().put("width", width)
                .put("height", height).put("deviceScaleFactor", 1).put("mobile", false));
    }

    void dark(boolean dark) {
        ObjectNode media = MAPPER.createObjectNode();
        media.putArray("features").addObject().put("name", "prefers-color-scheme")
                .put("value", dark ? "dark" : "light");
        cdp("Emulation.setEmulatedMedia", media);
    }

    /** Keeps a picture for people. */
    void picture(String name) throws Exception {
        JsonNode shot = cdp("Page.captureScreenshot", MAPPER.createObjectNode());
        Files.write(Host.pictures().resolve(name + ".png"),
                Base64.getDecoder().decode(shot.get("data").asText()));
    }

    private String element(String selector) {
        JsonNode found = ask("element", MAPPER.createObjectNode()
                .put("using", "css selector").put("value", selector));
        return found.elements().next().asText();
    }

    private JsonNode cdp(String command, ObjectNode parameters) {
        ObjectNode call = MAPPER.createObjectNode().put("cmd", command);
        call.set("params", parameters);
        return ask("goog/cdp/execute", call);
    }

    private JsonNode ask(String path, JsonNode body) {
        return send("POST", session + "/" + path, body);
    }

    private JsonNode send(String method, String address, JsonNode body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address)).timeout(LIMIT)
                .header("content-type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body.toString())).build();
        try {
            HttpResponse<String> answer =
                    client.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new AssertionError(body + ": " + answer.body());
            }
            return MAPPER.readTree(answer.body()).get("value");
        } catch (IOException | InterruptedException error) {
            throw new AssertionError(error);
        }
    }

    @Override
    public void close() throws IOException {
        // The driver ends its browser with the session; killed, it would leave it behind.
        send("DELETE", session, MAPPER.createObjectNode());
        driver.destroy();
        driver.onExit().join();
        try (Stream<Path> files = Files.walk(profile)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }
}
