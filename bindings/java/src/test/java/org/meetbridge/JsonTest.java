package org.meetbridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
    private static Map<String, Object> read(String json) {
        return JsonReader.read(json);
    }

    private static String write(Object value) {
        Utf8 out = new Utf8(1);
        JsonWriter.write(out, value);
        return new String(out.array(), 0, out.length(), StandardCharsets.UTF_8);
    }

    @Test
    void everyKindOfValueIsRead() {
        Map<String, Object> read = read(" { \"a\" : [ 1, -2.5e3, true, false, null, {} ],"
                + "\"\\u0062\\n\\\"\\\\\\/\\ud83d\\ude00\":\"あ😀\","
                + " \"big\":12345678901234567890 } ");
        Map<String, Object> wanted = new LinkedHashMap<>();
        wanted.put("a", Arrays.asList(1L, new BigDecimal("-2.5e3"), true, false, null,
                Collections.emptyMap()));
        wanted.put("b\n\"\\/😀", "あ😀");
        wanted.put("big", new BigDecimal("12345678901234567890"));
        assertEquals(wanted, read);
    }

    @Test
    void whatIsNotJsonIsRefused() {
        List<String> wrong = Arrays.asList("", "[]", "{", "{}x", "{\"a\":1,}", "{\"a\":01}",
                "{\"a\":.5}", "{\"a\":1.}", "{\"a\":1e}", "{\"a\":-}", "{\"a\":+1}", "{a:1}",
                "{\"a\":'b'}", "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}",
                "{\"a\":\"\\u１２３４\"}", "{\"a\":nul}", "{\"a\":1 \"b\":2}", "{\"a\":1,\"a\":2}",
                "{\"a\":[1,]}", "{\"a\":\"b}", "{\"a\":1e99999999999}", "{\"a\" 1}");
        for (String json : wrong) {
            MeetBridgeException refused =
                    assertThrows(MeetBridgeException.class, () -> read(json), json);
            assertEquals(Status.INTERNAL, refused.getStatus());
        }
    }

    @Test
    void depthIsBounded() {
        // A webhook's answer holds what the provider nested 64 deep.
        read(nested(66));
        World.fails(Status.INTERNAL, () -> read(nested(67)));
        String deepest = nested(64);
        assertEquals(deepest, write(read(deepest)));
        Map<String, Object> tooDeep = read(nested(65));
        World.fails(Status.INVALID_ARGUMENT, () -> write(tooDeep));
    }

    private static String nested(int depth) {
        String open = String.join("", Collections.nCopies(depth - 1, "["));
        return "{\"a\":" + open + "1" + open.replace('[', ']') + "}";
    }

    @Test
    void whatIsWrittenIsWhatAnotherReads() throws Exception {
        Map<String, Object> value = new LinkedHashMap<>();
        StringBuilder every = new StringBuilder();
        for (int c = 0; c <= Character.MAX_CODE_POINT; c += c < 0x3000 ? 1 : 251) {
            if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
                every.appendCodePoint(c);
            }
        }
        value.put("text", every.toString());
        value.put("numbers", Arrays.asList(0, -1L, 1.5, new BigDecimal("1E+3"), Long.MIN_VALUE));
        value.put("empty",
                Arrays.asList(Collections.emptyMap(), Collections.emptyList(), "", null));
        ObjectMapper other = new ObjectMapper();
        assertEquals(other.readTree(other.writeValueAsBytes(value)).toString(),
                other.readTree(write(value)).toString());
        assertEquals(every.toString(), read(write(value)).get("text"));
    }

    @Test
    void halfACharacterAndStrangeValuesAreRefused() {
        for (Object wrong : Arrays.asList("a\ud83d", "\ude00b", "\ud83d\ud83d", "?\ud83d", "ä\ude00",
                "\ud83d\ude00\ud83d", Double.NaN,
                Float.POSITIVE_INFINITY, new Object(), 'c')) {
            assertEquals(Status.INVALID_ARGUMENT, assertThrows(MeetBridgeException.class,
                    () -> write(Collections.singletonMap("a", wrong))).getStatus());
        }
    }
}
