package org.meetbridge;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.meetbridge.testing.Sandbox;

/**
 * Many threads with many calls, then many rounds of opening and closing, in a JVM whose own memory
 * does not move. Prints the memory of the process after a first, smaller time of all that, and at
 * the end.
 */
final class Stress {
    private static final int THREADS = 32;
    /** Counts the lines of the log, which cross the border the other way round. */
    private static final AtomicLong LINES = new AtomicLong();

    private final String settings;
    private int timeout;
    private final AtomicReference<Throwable> failed = new AtomicReference<>();

    private Stress(String settings) {
        this.settings = settings;
    }

    public static void main(String[] arguments) throws Exception {
        int calls = Integer.parseInt(arguments[1]);
        int rounds = Integer.parseInt(arguments[2]);
        Stress stress = new Stress(arguments[0]);
        Logger logger = Logger.getAnonymousLogger();
        logger.setLevel(Level.ALL);
        logger.setFilter(line -> LINES.incrementAndGet() < 0);
        MeetBridge.setLogger(logger, Level.ALL);
        stress.run(calls / 2, rounds / 2);
        long warm = resident();
        int threads = tasks();
        stress.run(calls, rounds);
        long end = resident();
        System.out.println("warm_kib " + warm);
        System.out.println("end_kib " + end);
        System.out.println("threads_warm " + threads);
        System.out.println("threads_end " + tasks());
        if (stress.failed.get() != null) {
            throw new IllegalStateException(stress.failed.get());
        }
        System.out.println("calls " + THREADS * (calls + calls / 2));
        System.out.println("lines " + LINES);
    }

    private void run(int calls, int rounds) throws InterruptedException {
        try (MeetBridge bridge = MeetBridge.open(settings)) {
            List<Thread> threads = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int number = thread;
                threads.add(new Thread(() -> many(bridge, number, calls)));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
        }
        for (int round = 0; round < rounds; round++) {
            // Equal settings would get the bridge of the round before, which is kept for a while.
            timeout = timeout % 300 + 1;
            String other = settings.replaceFirst(
                    "\"timeout_seconds\":\\d+", "\"timeout_seconds\":" + timeout);
            try (MeetBridge bridge = MeetBridge.open(other)) {
                bridge.getAuthorization(Provider.ZOOM, Sandbox.ANNA).get();
            }
        }
    }

    private void many(MeetBridge bridge, int thread, int calls) {
        try {
            for (int call = 0; call < calls; call++) {
                one(bridge, thread + call);
            }
        } catch (Throwable failure) {
            failed.compareAndSet(null, failure);
        }
    }

    /** Answers of every kind, with and without the network, and failures. */
    private static void one(MeetBridge bridge, int number) {
        switch (number % 8) {
            case 0:
                bridge.startAuthorization(Provider.WEBEX, Sandbox.ANNA);
                break;
            case 1:
                bridge.getAuthorization(Provider.ZOOM, Sandbox.ANNA).get();
                break;
            case 2:
                bridge.listAuthorizations(Filter.builder().pageSize(5).build());
                break;
            case 3:
                if (bridge.getAuthorization(Provider.WEBEX, Sandbox.KEN)
                        .equals(Optional.empty())) {
                    break;
                }
                throw new IllegalStateException("Ken has authorized nobody");
            case 4:
                failing(() -> bridge.getMeeting(Provider.ZOOM, Sandbox.ANNA, "../me"));
                break;
            case 5:
                failing(() -> bridge.completeAuthorization(Sandbox.ANNA, "?code=a&state=b"));
                break;
            case 6:
                failing(() -> bridge.createMeeting(Provider.ZOOM, Sandbox.ANNA,
                        MeetingRequest.builder().topic("あ😀").build()));
                break;
            default:
                if (number % 64 == 7) {
                    bridge.listMeetings(Provider.ZOOM, Sandbox.ANNA, null);
                }
        }
    }

    private static void failing(Runnable call) {
        try {
            call.run();
        } catch (MeetBridgeException wanted) {
            return;
        }
        throw new IllegalStateException("a call that must fail did not");
    }

    private static long resident() throws IOException {
        System.gc();
        for (String line : Files.readAllLines(
                Paths.get("/proc/self/status"), StandardCharsets.ISO_8859_1)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no VmRSS");
    }

    private static int tasks() {
        return new java.io.File("/proc/self/task").list().length;
    }
}
