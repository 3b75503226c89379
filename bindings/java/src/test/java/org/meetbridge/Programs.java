package org.meetbridge;

import java.util.concurrent.CountDownLatch;
import org.meetbridge.testing.Sandbox;

/** Small programs that tests run in a JVM of their own. */
final class Programs {
    private Programs() {
    }

    /** Uses the shared bridge of the settings that a system property names. */
    static final class Shared {
        public static void main(String[] arguments) {
            MeetBridge shared = MeetBridge.shared();
            System.out.print(shared == MeetBridge.shared() ? "the same\n" : "another\n");
            shared.close();
            shared.listAudit(null);
            System.out.print("still open\n");
            shared.reload();
            System.out.print("reloaded\n");
        }
    }

    /** Ends while many threads are inside calls, with a hook that calls too. */
    static final class Exit {
        public static void main(String[] arguments) throws InterruptedException {
            MeetBridge bridge = MeetBridge.open(arguments[0]);
            CountDownLatch busy = new CountDownLatch(4);
            for (int thread = 0; thread < 4; thread++) {
                Thread caller = new Thread(() -> {
                    while (true) {
                        bridge.listMeetings(Provider.ZOOM, Sandbox.ANNA, null);
                        busy.countDown();
                    }
                });
                caller.setDaemon(true);
                caller.start();
            }
            busy.await();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                bridge.getAuthorization(Provider.ZOOM, Sandbox.ANNA).get();
                System.out.print("a hook called\n");
            }));
            System.exit(7);
        }
    }
}
