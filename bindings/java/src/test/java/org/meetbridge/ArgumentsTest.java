package org.meetbridge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.meetbridge.World.fails;
import static org.meetbridge.testing.Sandbox.ANNA;

import java.nio.ByteBuffer;
import java.util.AbstractMap;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
    private static final int START = 0;

    @Test
    void anAnswerComesInTheSameArrayIfItHasRoom() {
        try (World world = new World()) {
            int bridge = world.bridge.number;
            ByteBuffer written = ByteBuffer.allocate(4096);
            for (String text : new String[] {"zoom", ANNA}) {
                written.putInt(text.length()).put(text.getBytes());
            }
            int length = written.putInt(-1).putInt(-1).position();
            byte[] bytes = written.array().clone();

            byte[] same = written.array();
            assertSame(same, Native.call(bridge, START, same, length));
            int told = written.getInt(0);
            assertTrue(text(same).startsWith(world.sandbox.url().toString()), text(same));

            for (int room : new int[] {length, 4 + told - 1, 4 + told}) {
                byte[] array = Arrays.copyOf(bytes, room);
                byte[] answer = Native.call(bridge, START, array, length);
                assertEquals(told, text(answer).length());
                assertEquals(4 + told, answer.length);
                if (room == answer.length) {
                    assertSame(array, answer);
                } else {
                    assertNotSame(array, answer);
                }
            }
        }
    }

    @Test
    void whoCallsInTheMiddleOfWritingDisturbsNothing() {
        try (World world = new World()) {
            String[] inner = new String[1];
            Map<String, Object> options = new AbstractMap<String, Object>() {
                @Override
                public Set<Entry<String, Object>> entrySet() {
                    inner[0] = world.bridge.startAuthorization(Provider.WEBEX, ANNA).toString();
                    return Collections.<String, Object>singletonMap("correlation_id", "a")
                            .entrySet();
                }
            };
            for (int time = 0; time < 3; time++) {
                String outer = Arguments.of(Provider.ZOOM, ANNA).text(null).document(options)
                        .call(world.bridge.number, Operation.START_AUTHORIZATION);
                assertTrue(outer.contains("client_id=sandbox-zoom"), outer);
                assertTrue(inner[0].contains("client_id=sandbox-webex"), inner[0]);
            }
        }
    }

    @Test
    void largeArgumentsAndFailuresAreFollowedByOrdinaryCalls() {
        try (World world = new World()) {
            String large = String.join("", Collections.nCopies(100_000, "x"));
            for (String user : new String[] {large, "", "あ\n"}) {
                fails(Status.INVALID_ARGUMENT,
                        () -> world.bridge.startAuthorization(Provider.ZOOM, user));
                assertTrue(world.bridge.startAuthorization(Provider.ZOOM, ANNA).isAbsolute());
            }
        }
    }

    @Test
    void whatWasUsedIsWiped() {
        Utf8 text = new Utf8(4);
        text.put(new byte[] {1, 2, 3, 4});
        text.wipe(3);
        assertEquals(0, text.length());
        assertArrayEquals(new byte[] {0, 0, 0, 4}, text.array());
    }

    private static String text(byte[] answer) {
        return new Utf8(answer).text(4, 4 + ByteBuffer.wrap(answer).getInt());
    }
}
