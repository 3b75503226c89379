package org.meetbridge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Collections;
import org.meetbridge.testing.Sandbox;

/**
 * What the Java door costs beside the C door: the same call of the same library in the same
 * process, 1 KB in and 1.5 KB out. The call is the start of an authorization, which sends and
 * stores nothing. The doors take turns of some milliseconds, and of a round the median turn counts,
 * so that neither what else runs on the machine nor a collection of garbage decides.
 */
final class Bench {
    private static final int ROUNDS = 7;
    private static final int TURNS = 101;
    private static final int CALLS = 100;

    private static volatile Object sink;

    private Bench() {
    }

    public static void main(String[] arguments) throws Exception {
        try (World world = new World(Bench::longAnswers)) {
            CDoor.load(world.sandbox.folder());
            int bridge = world.bridge.number;
            String options = "{\"correlation_id\":\"" + letters(970) + "\"}";
            System.out.println("figure bytes_in " + options.length());
            System.out.println("figure bytes_out " + inJava(bridge, options).length());
            long[] c = new long[ROUNDS];
            long[] java = new long[ROUNDS];
            long[] hop = new long[ROUNDS];
            for (int round = -10; round < ROUNDS; round++) {
                long[][] turns = new long[2][TURNS];
                for (int turn = 0; turn < TURNS; turn++) {
                    turns[0][turn] = cTurn(bridge, options);
                    turns[1][turn] = javaTurn(bridge, options);
                }
                if (round >= 0) {
                    c[round] = median(turns[0]);
                    java[round] = median(turns[1]);
                    hop[round] = java[round] - c[round];
                }
            }
            System.out.println("rounds of hop " + Arrays.toString(hop));
            System.out.println("figure c_door_ns " + median(c));
            System.out.println("figure java_door_ns " + median(java));
            System.out.println("figure jni_hop_ns " + median(hop));
        }
    }

    private static long cTurn(int bridge, String options) {
        long before = System.nanoTime();
        int status = CDoor.start(bridge, Sandbox.ANNA, options, CALLS);
        long took = System.nanoTime() - before;
        if (status != 0) {
            throw new IllegalStateException("status " + status);
        }
        return took / CALLS;
    }

    private static long javaTurn(int bridge, String options) {
        long before = System.nanoTime();
        for (int call = 0; call < CALLS; call++) {
            sink = inJava(bridge, options);
        }
        return (System.nanoTime() - before) / CALLS;
    }

    /** Texts in and a text out, as in C: the door and nothing else. */
    private static String inJava(int bridge, String options) {
        return texts(options).call(bridge, Operation.START_AUTHORIZATION);
    }

    private static Arguments texts(String options) {
        return new Arguments().text("zoom").text(Sandbox.ANNA).text(null).text(options);
    }

    private static long median(long[] values) {
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** Asks for a scope so long that the address has 1.5 KB. */
    private static void longAnswers(ObjectNode settings) {
        ((ObjectNode) settings.get("apps").get(0)).putArray("scopes").add(letters(1130));
    }

    private static String letters(int count) {
        return String.join("", Collections.nCopies(count, "x"));
    }
}
