package org.meetbridge;

import java.io.IOException;
import java.nio.file.Path;

/** The C door of the library that Java has loaded. */
final class CDoor {
    private CDoor() {
    }

    static void load(Path folder) throws IOException, InterruptedException {
        MeetBridge.version();
        System.load(Compiler.build("door", folder).toString());
        if (!find(System.getProperty("meetbridge.library"))) {
            throw new IOException("the library is not loaded");
        }
    }

    private static native boolean find(String library);

    /** Starts so many authorizations at Zoom; the status of the last. */
    static native int start(int bridge, String user, String options, int times);

    static native int listOnThreadOfItsOwn(int bridge);
}
