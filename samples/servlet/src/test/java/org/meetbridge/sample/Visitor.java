package org.meetbridge.sample;

import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A signed-in user whose requests a test writes by hand; follows no redirect. */
final class Visitor {
    final CookieManager cookies = new CookieManager();
    private final HttpClient client = HttpClient.newBuilder().cookieHandler(cookies)
            .connectTimeout(Duration.ofSeconds(10)).build();
    private final String url;

    private Visitor(String url) {
        this.url = url;
    }

    static Visitor nobody() throws Exception {
        return new Visitor(Host.get().url);
    }

    static Visitor of(String user) throws Exception {
        Visitor visitor = nobody();
        visitor.get("/servlet/meetbridge/");
        HttpResponse<String> answer = visitor.post("/j_security_check",
                "j_username", user, "j_password", Host.PASSWORD);
        if (answer.statusCode() / 100 != 3) {
            throw new IllegalStateException("cannot sign in: " + answer.statusCode());
        }
        return visitor;
    }

    HttpResponse<String> get(String path, String... headers) throws Exception {
        return send("GET", path, HttpRequest.BodyPublishers.noBody(), headers);
    }

    HttpResponse<String> post(String path, String... fields) throws Exception {
        return post(path, new String[0], fields);
    }

    HttpResponse<String> post(String path, String[] headers, String... fields) throws Exception {
        StringBuilder form = new StringBuilder();
        for (int at = 0; at < fields.length; at += 2) {
            form.append(at == 0 ? "" : "&").append(fields[at]).append('=')
                    .append(URLEncoder.encode(fields[at + 1], StandardCharsets.UTF_8));
        }
        String[] all = new String[headers.length + 2];
        System.arraycopy(headers, 0, all, 2, headers.length);
        all[0] = "Content-Type";
        all[1] = "application/x-www-form-urlencoded";
        return send("POST", path, HttpRequest.BodyPublishers.ofString(form.toString()), all);
    }

    HttpResponse<String> send(String method, String path, HttpRequest.BodyPublisher body,
            String... headers) throws Exception {
        URI address = URI.create(path.startsWith("http") ? path : url + path);
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .method(method, body).timeout(Duration.ofSeconds(60));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** The whole answer for an address that {@link URI} refuses. */
    String raw(String path) throws Exception {
        URI server = URI.create(url);
        StringBuilder known = new StringBuilder();
        for (HttpCookie cookie : cookies.getCookieStore().getCookies()) {
            known.append(known.length() == 0 ? "" : "; ").append(cookie.getName()).append('=')
                    .append(cookie.getValue());
        }
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(("GET " + path + " HTTP/1.0\r\nHost: "
                    + server.getAuthority() + "\r\nCookie: " + known + "\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Goes through a whole consent without a browser. */
    HttpResponse<String> connect(String provider, String person) throws Exception {
        String start = get("/servlet/meetbridge/start?provider=" + provider)
                .headers().firstValue("location").orElseThrow();
        return get(Host.get().sandbox.consent(URI.create(start), person, true));
    }

    /** The token of the form that disconnects. */
    static String token(HttpResponse<String> page) {
        Matcher token = Pattern.compile("name=\"token\" value=\"([0-9a-f]{64})\"")
                .matcher(page.body());
        if (!token.find()) {
            throw new IllegalStateException("no form in " + page.body());
        }
        return token.group(1);
    }

    HttpCookie cookie(String name) {
        return cookies.getCookieStore().getCookies().stream()
                .filter(cookie -> cookie.getName().equals(name)).findFirst().orElseThrow();
    }

    void forgetCookie(String name) {
        cookies.getCookieStore().remove(URI.create(url), cookie(name));
    }
}
