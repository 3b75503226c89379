package org.meetbridge.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

import javax.servlet.http.HttpServlet;

import org.junit.jupiter.api.Test;

/**
 * Domino's servlet manager has JSDK 2.0, whose jar nobody publishes. So this is no proof but
 * a list, kept by hand, of what we call and believe that it has; nothing else comes in unseen.
 */
class ServletApiTest {
    private static final Set<String> JSDK_2_0 = new TreeSet<>(Arrays.asList(
            "AuthorizationServlet.log(Ljava/lang/String;)V",
            "Cookie.<init>(Ljava/lang/String;Ljava/lang/String;)V",
            "Cookie.getName()Ljava/lang/String;",
            "Cookie.getValue()Ljava/lang/String;",
            "Cookie.setPath(Ljava/lang/String;)V",
            "Cookie.setSecure(Z)V",
            "HttpServlet.<init>()V",
            "HttpServlet.init(Ljavax/servlet/ServletConfig;)V",
            "HttpServletRequest.getCookies()[Ljavax/servlet/http/Cookie;",
            "HttpServletRequest.getHeader(Ljava/lang/String;)Ljava/lang/String;",
            "HttpServletRequest.getHeaderNames()Ljava/util/Enumeration;",
            "HttpServletRequest.getInputStream()Ljavax/servlet/ServletInputStream;",
            "HttpServletRequest.getMethod()Ljava/lang/String;",
            "HttpServletRequest.getParameter(Ljava/lang/String;)Ljava/lang/String;",
            "HttpServletRequest.getPathInfo()Ljava/lang/String;",
            "HttpServletRequest.getQueryString()Ljava/lang/String;",
            "HttpServletRequest.getRemoteUser()Ljava/lang/String;",
            "HttpServletRequest.getRequestURI()Ljava/lang/String;",
            "HttpServletRequest.getScheme()Ljava/lang/String;",
            "HttpServletResponse.addCookie(Ljavax/servlet/http/Cookie;)V",
            "HttpServletResponse.getOutputStream()Ljavax/servlet/ServletOutputStream;",
            "HttpServletResponse.sendRedirect(Ljava/lang/String;)V",
            "HttpServletResponse.setContentLength(I)V",
            "HttpServletResponse.setContentType(Ljava/lang/String;)V",
            "HttpServletResponse.setHeader(Ljava/lang/String;Ljava/lang/String;)V",
            "HttpServletResponse.setStatus(I)V",
            "ServletConfig.getInitParameter(Ljava/lang/String;)Ljava/lang/String;",
            "ServletException.<init>(Ljava/lang/String;)V",
            "ServletOutputStream.write([B)V",
            "WebhookServlet.log(Ljava/lang/String;)V"));

    @Test
    void nothingNewerThanDominosServletManagerIsCalled() throws Exception {
        Path classes = Paths.get(Answer.class.getResource("Answer.class").toURI()).getParent();
        Set<String> calls = new TreeSet<>();
        try (DirectoryStream<Path> ours = Files.newDirectoryStream(classes, "*.class")) {
            for (Path file : ours) {
                calls.addAll(servletCalls(file));
            }
        }
        assertEquals(String.join("\n", JSDK_2_0), String.join("\n", calls));
    }

    /** The methods of {@code javax.servlet} in the constant pool of a class (JVMS 4.4). */
    private static Set<String> servletCalls(Path ours) throws Exception {
        try (DataInputStream data = new DataInputStream(Files.newInputStream(ours))) {
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
                int[] called = pairs[pairs[method][1]];
                if (owner.startsWith("javax/servlet/") || isInherited(owner, texts[called[0]])) {
                    calls.add(owner.substring(owner.lastIndexOf('/') + 1) + "."
                            + texts[called[0]] + texts[called[1]]);
                }
            }
            return calls;
        }
    }

    /** Whether a servlet of ours calls a method as its own that it has not. */
    private static boolean isInherited(String owner, String called) throws Exception {
        if (!owner.startsWith("org/meetbridge/servlet/") || called.equals("<init>")) {
            return false;
        }
        Class<?> ours = Class.forName(owner.replace('/', '.'));
        return HttpServlet.class.isAssignableFrom(ours)
                && Arrays.stream(ours.getDeclaredMethods())
                        .noneMatch(method -> method.getName().equals(called));
    }
}
