package org.meetbridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.meetbridge.World.fails;
import static org.meetbridge.World.meeting;
import static org.meetbridge.testing.Sandbox.ANNA;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class LifecycleTest {
    @Test
    void anInterruptStaysPendingAndDoesNoHarm() {
        try (World world = new World()) {
            world.authorize(Provider.ZOOM, ANNA);
            Thread.currentThread().interrupt();
            Meeting meeting = world.bridge.createMeeting(Provider.ZOOM, ANNA, meeting().build());
            assertTrue(Thread.currentThread().isInterrupted());
            fails(Status.MEETING_NOT_FOUND,
                    () -> world.bridge.getMeeting(Provider.ZOOM, ANNA, "12345678901"));
            assertTrue(Thread.currentThread().isInterrupted());
            world.bridge.deleteMeeting(Provider.ZOOM, ANNA, meeting.getId());
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void closingWaitsForCallsUnderWayAndEndsLaterOnes() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        try (World world = new World()) {
            world.authorize(Provider.ZOOM, ANNA);
            MeetBridge bridge = MeetBridge.open(world.settings.toString());
            CountDownLatch started = new CountDownLatch(8);
            List<Future<Status>> ends = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                ends.add(pool.submit(() -> {
                    while (true) {
                        try {
                            bridge.listMeetings(Provider.ZOOM, ANNA, null);
                            started.countDown();
                        } catch (MeetBridgeException failure) {
                            return failure.getStatus();
                        }
                    }
                }));
            }
            started.await();
            bridge.close();
            Set<Status> allowed = EnumSet.of(Status.CLOSED, Status.INVALID_HANDLE);
            for (Future<Status> end : ends) {
                assertTrue(allowed.contains(end.get()), end.get().toString());
            }
            fails(Status.INVALID_HANDLE, () -> bridge.listAudit(null));
            fails(Status.INVALID_HANDLE, bridge::reload);
            bridge.close();
            world.bridge.listAudit(null);
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void oneBridgeIsSharedAndStaysOpen() throws Exception {
        try (World world = new World()) {
            Path file = world.sandbox.folder().resolve("settings.json");
            Files.write(file, world.settings.toString().getBytes(StandardCharsets.UTF_8));
            JavaProgram program = JavaProgram.run(Collections.singletonList(
                    "-Dmeetbridge.settings=" + file), Programs.Shared.class);
            assertEquals("the same\nstill open\nreloaded\n", program.output);
            assertEquals(0, program.exit);
        }
    }

    @Test
    void aShutdownHookMayCallAndAnExitMayComeAtAnyTime() throws Exception {
        try (World world = new World()) {
            world.authorize(Provider.ZOOM, ANNA);
            for (int time = 0; time < 3; time++) {
                JavaProgram program = JavaProgram.run(Collections.singletonList("-Xcheck:jni"),
                        Programs.Exit.class, world.settings.toString());
                assertEquals("a hook called\n", program.output);
                assertEquals(7, program.exit);
            }
        }
    }

    @Test
    void enumsKnowTheirNames() {
        for (Provider provider : Provider.values()) {
            assertSame(provider, Provider.of(provider.id()));
        }
    }
}
