package org.meetbridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.meetbridge.World.fails;
import static org.meetbridge.World.meeting;
import static org.meetbridge.testing.Sandbox.ANNA;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTest {
    private static final int ROUNDS = 1000;

    /** Held here: the logging system itself forgets loggers that nobody holds. */
    private final Logger logger = Logger.getAnonymousLogger();

    private void handle(Consumer<LogRecord> handler) {
        logger.setUseParentHandlers(false);
        logger.setLevel(Level.ALL);
        logger.addHandler(new Handler() {
            @Override
            public void publish(LogRecord line) {
                handler.accept(line);
            }

            @Override
            public void flush() {
            }

            @Override
            public void close() {
            }
        });
    }

    @AfterEach
    void silence() {
        MeetBridge.setLogger(null, null);
    }

    @Test
    void linesComeOnTheThreadOfTheCallUpToTheirLevel() {
        List<LogRecord> lines = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
        handle(line -> {
            lines.add(line);
            threads.add(Thread.currentThread());
        });
        try (World world = new World()) {
            world.authorize(Provider.ZOOM, ANNA);
            MeetBridge.setLogger(logger, Level.ALL);
            world.bridge.createMeeting(Provider.ZOOM, ANNA, meeting().build(),
                    Options.builder().correlationId("{0} あ😀").build());
            assertTrue(lines.stream().anyMatch(line -> line.getMessage().contains("{0} あ😀")),
                    lines.stream().map(LogRecord::getMessage).collect(Collectors.joining("\n")));
            assertEquals(Collections.singleton(Thread.currentThread()),
                    threads.stream().collect(Collectors.toSet()));
            Set<Level> levels = lines.stream().map(LogRecord::getLevel).collect(Collectors.toSet());
            assertTrue(levels.contains(Level.FINER) || levels.contains(Level.FINE),
                    levels.toString());

            lines.clear();
            MeetBridge.setLogger(logger, Level.INFO);
            world.bridge.createMeeting(Provider.ZOOM, ANNA, meeting().build());
            assertFalse(lines.stream().anyMatch(
                    line -> line.getLevel().intValue() < Level.INFO.intValue()));
            lines.clear();
            MeetBridge.setLogger(logger, Level.OFF);
            fails(Status.MEETING_NOT_FOUND,
                    () -> world.bridge.deleteMeeting(Provider.ZOOM, ANNA, "12345678901"));
            fails(Status.INVALID_ARGUMENT, () -> MeetBridge.setLogger(logger, null));
            MeetBridge.setLogger(null, Level.ALL);
            fails(Status.MEETING_NOT_FOUND,
                    () -> world.bridge.deleteMeeting(Provider.ZOOM, ANNA, "12345678901"));
            assertTrue(lines.isEmpty());
        }
    }

    @Test
    void whatAHandlerThrowsDoesNotTouchTheCall() {
        List<String> thrown = new ArrayList<>();
        handle(line -> {
            thrown.add(line.getMessage());
            if (thrown.size() % 2 == 0) {
                throw new IllegalStateException("a handler that fails");
            }
            throw new LinkageError("a handler that fails badly");
        });
        try (World world = new World()) {
            MeetBridge.setLogger(logger, Level.ALL);
            world.authorize(Provider.WEBEX, ANNA);
            Meeting meeting = world.bridge.createMeeting(Provider.WEBEX, ANNA, meeting().build());
            world.bridge.deleteMeeting(Provider.WEBEX, ANNA, meeting.getId());
            fails(Status.MEETING_NOT_FOUND,
                    () -> world.bridge.deleteMeeting(Provider.WEBEX, ANNA, meeting.getId()));
            assertTrue(thrown.size() > 3, thrown.toString());
        }
    }

    @Test
    void aCallFromInsideIsRefused() {
        AtomicReference<Runnable> inside = new AtomicReference<>();
        List<Status> answers = new ArrayList<>();
        handle(line -> {
            try {
                inside.get().run();
                answers.add(Status.OK);
            } catch (MeetBridgeException failure) {
                answers.add(failure.getStatus());
            }
        });
        try (World world = new World()) {
            world.authorize(Provider.ZOOM, ANNA);
            MeetBridge.setLogger(logger, Level.ALL);
            List<Runnable> calls = new ArrayList<>();
            calls.add(() -> world.bridge.listAudit(null));
            calls.add(() -> MeetBridge.open(world.settings.toString()));
            calls.add(() -> MeetBridge.setLogger(null, null));
            calls.add(world.bridge::reload);
            MeetBridge other = MeetBridge.open(world.settings.toString());
            calls.add(other::close);
            for (Runnable call : calls) {
                answers.clear();
                inside.set(call);
                MeetBridge.setLogger(logger, Level.ALL);
                world.bridge.createMeeting(Provider.ZOOM, ANNA, meeting().build());
                assertFalse(answers.isEmpty());
                assertEquals(Collections.singleton(Status.REENTRANT),
                        answers.stream().collect(Collectors.toSet()));
            }
            MeetBridge.setLogger(null, null);
            other.listAudit();
            other.close();
            fails(Status.INVALID_HANDLE, other::listAudit);
        }
    }

    @Test
    void ofTwoLoggersAtOnceEachKeepsItsLevel() throws Exception {
        List<Level> levels = Collections.synchronizedList(new ArrayList<>());
        handle(line -> levels.add(line.getLevel()));
        Logger severe = Logger.getAnonymousLogger();
        severe.setUseParentHandlers(false);
        severe.setLevel(Level.ALL);
        Queue<Level> wrong = new ConcurrentLinkedQueue<>();
        severe.setFilter(line -> {
            if (line.getLevel() != Level.SEVERE) {
                wrong.add(line.getLevel());
            }
            return false;
        });
        try (World world = new World()) {
            world.authorize(Provider.ZOOM, ANNA);
            AtomicInteger begun = new AtomicInteger();
            AtomicInteger done = new AtomicInteger();
            Thread other = new Thread(() -> {
                for (int round = 1; round <= ROUNDS; round++) {
                    reach(begun, round);
                    MeetBridge.setLogger(severe, Level.SEVERE);
                    done.set(round);
                }
            });
            other.start();
            for (int round = 1; round <= ROUNDS; round++) {
                begun.set(round);
                MeetBridge.setLogger(logger, Level.ALL);
                reach(done, round);
                world.bridge.listMeetings(Provider.ZOOM, ANNA, null);
            }
            other.join();
            assertTrue(wrong.isEmpty(), wrong.toString());
            // The call does have something to tell below SEVERE.
            levels.clear();
            MeetBridge.setLogger(logger, Level.ALL);
            world.bridge.listMeetings(Provider.ZOOM, ANNA, null);
            assertTrue(levels.contains(Level.FINE), levels.toString());
        }
    }

    /** Without sleeping: the two are to meet within a microsecond. */
    private static void reach(AtomicInteger counter, int value) {
        while (counter.get() < value) {
            Thread.yield();
        }
    }

    @Test
    void aThreadThatJavaDoesNotKnowIsHeardAndLeavesNothing(@TempDir java.nio.file.Path folder)
            throws Exception {
        List<String> threads = Collections.synchronizedList(new ArrayList<>());
        handle(line -> threads.add(Thread.currentThread().getName()));
        CDoor.load(folder);
        try (World world = new World()) {
            world.authorize(Provider.ZOOM, ANNA);
            MeetBridge.setLogger(logger, Level.ALL);
            assertEquals(0, CDoor.listOnThreadOfItsOwn(world.bridge.number));
            assertFalse(threads.isEmpty());
            assertFalse(threads.contains(Thread.currentThread().getName()));
            List<String> alive = Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName).collect(Collectors.toList());
            threads.forEach(name -> assertFalse(alive.contains(name), name));
        }
    }
}
