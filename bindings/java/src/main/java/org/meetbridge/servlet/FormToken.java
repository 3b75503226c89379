package org.meetbridge.servlet;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.servlet.http.Cookie;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

/**
 * Proof that a form was sent from our own page and not from another site.
 *
 * <p>The browser keeps a random secret in a cookie; the form holds the user's name authenticated
 * with it. Another site can make the browser send the cookie but cannot read it, and so cannot make
 * the form. There is no session in this: Domino's may be switched off, and each process and server
 * has its own, whereas this works wherever the form arrives.
 */
final class FormToken {
    static final String FIELD = "token";
    private static final String COOKIE = "meetbridge-form";
    private static final SecureRandom RANDOM = new SecureRandom();

    private FormToken() {
    }

    /** The token for a form; sees to it that the browser has a secret. */
    static String make(HttpServletRequest request, HttpServletResponse response, String user) {
        String secret = secret(request);
        if (secret == null) {
            secret = random(16);
            Cookie cookie = new Cookie(COOKIE, secret);
            // The form may be reached under several paths, a servlet's alias for one.
            cookie.setPath("/");
            cookie.setSecure("https".equals(request.getScheme()));
            response.addCookie(cookie);
        }
        return token(secret, user);
    }

    /** Whether the form in this request, with this token, is ours and was made for this user. */
    static boolean isGood(HttpServletRequest request, String user, String token) {
        // Where the browser says whence a request comes, a neighbour under the same domain, who
        // could have set our cookie, is refused too.
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin")) {
            return false;
        }
        String secret = secret(request);
        return secret != null && token != null
                && MessageDigest.isEqual(bytes(token(secret, user)), bytes(token));
    }

    /** Random bytes in hexadecimal digits. */
    static String random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return hex(bytes);
    }

    private static String secret(HttpServletRequest request) {
        Cookie[] cookies = request.getCookies();
        if (cookies != null) {
            for (Cookie cookie : cookies) {
                String value = cookie.getValue();
                if (COOKIE.equals(cookie.getName()) && value != null
                        && value.matches("[0-9a-f]{32}")) {
                    return value;
                }
            }
        }
        return null;
    }

    private static String token(String secret, String user) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(bytes(secret), "HmacSHA256"));
            return hex(mac.doFinal(bytes(user)));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String hex(byte[] bytes) {
        StringBuilder hex = new StringBuilder();
        for (byte b : bytes) {
            hex.append(String.format("%02x", b));
        }
        return hex.toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
