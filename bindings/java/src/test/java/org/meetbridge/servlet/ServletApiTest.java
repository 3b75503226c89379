package org.meetbridge.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

import org.junit.jupiter.api.Test;

/**
 * Domino's servlet manager has JSDK 2.0, whose jar nobody publishes. What it had is written here,
 * from its documentation, as far as we use it.
 */
class ServletApiTest {
    private static final Set<String> JSDK_2_0 = new HashSet<>(Arrays.asList(
            "HttpServlet.<init>", "HttpServlet.init", "HttpServlet.log",
            "AuthorizationServlet.log", "WebhookServlet.log",
            "ServletConfig.getInitParameter", "ServletException.<init>",
            "HttpServletRequest.getCookies", "HttpServletRequest.getHeader",
            "HttpServletRequest.getHeaderNames", "HttpServletRequest.getMethod",
            "HttpServletRequest.getPathInfo", "HttpServletRequest.getQueryString",
            "HttpServletRequest.getRemoteUser", "HttpServletRequest.getRequestURI",
            "HttpServletRequest.getInputStream", "HttpServletRequest.getParameter",
            "HttpServletRequest.getScheme", "ServletInputStream.read",
            "HttpServletResponse.addCookie", "HttpServletResponse.setContentLength",
            "HttpServletResponse.setContentType", "HttpServletResponse.getOutputStream",
            "HttpServletResponse.sendRedirect", "HttpServletResponse.setHeader",
            "HttpServletResponse.setStatus",
            "ServletOutputStream.write",
            "Cookie.<init>", "Cookie.getName", "Cookie.getValue", "Cookie.setPath",
            "Cookie.setSecure"));

    @Test
    void nothingNewerThanDominosServletManagerIsCalled() throws IOException {
        Set<String> calls = new TreeSet<>();
        for (Class<?> ours : new Class<?>[] {Answer.class, AuthorizationServlet.class,
                FormToken.class, Html.class, Names.class, Pages.class, Texts.class, Visit.class,
                WebhookServlet.class}) {
            calls.addAll(servletCalls(ours));
        }
        assertTrue(calls.contains("HttpServletRequest.getRemoteUser"), calls.toString());
        calls.removeAll(JSDK_2_0);
        assertEquals(new TreeSet<>(), calls);
    }

    /** The methods of {@code javax.servlet} in the constant pool of a class (JVMS 4.4). */
    private static Set<String> servletCalls(Class<?> ours) throws IOException {
        String name = ours.getSimpleName() + ".class";
        try (InputStream file = ours.getResourceAsStream(name);
                DataInputStream data = new DataInputStream(file)) {
            data.skipBytes(8);
            int count = data.readUnsignedShort();
            String[] texts = new String[count];
            int[][] pairs = new int[count][];
            Set<Integer> methods = new HashSet<>();
            for (int at = 1; at < count; at++) {
                int tag = data.readUnsignedByte();
                switch (tag) {
                    case 1: texts[at] = data.readUTF(); break;
                    case 3: case 4: data.readInt(); break;
                    case 5: case 6: data.readLong(); at++; break;
                    case 7: case 8: case 16:
                        pairs[at] = new int[] {data.readUnsignedShort()}; break;
                    case 9: case 10: case 11: case 12: case 18:
                        pairs[at] = new int[] {data.readUnsignedShort(), data.readUnsignedShort()};
                        if (tag == 10 || tag == 11) {
                            methods.add(at);
                        }
                        break;
                    case 15: data.readUnsignedByte(); data.readUnsignedShort(); break;
                    default: throw new IOException("constant of kind " + tag);
                }
            }
            Set<String> calls = new HashSet<>();
            for (int method : methods) {
                String owner = texts[pairs[pairs[method][0]][0]];
                String called = texts[pairs[pairs[method][1]][0]];
                String simple = owner.substring(owner.lastIndexOf('/') + 1);
                // An inherited method is named by our own class.
                if (owner.startsWith("javax/servlet/")
                        || simple.endsWith("Servlet") && called.equals("log")) {
                    calls.add(simple + "." + called);
                }
            }
            return calls;
        }
    }
}
