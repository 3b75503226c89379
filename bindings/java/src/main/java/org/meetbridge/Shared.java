package org.meetbridge;

/** The bridge that all programs of this class loader share. */
final class Shared {
    private static volatile MeetBridge bridge;

    private Shared() {
    }

    /** Opened by the first who asks; what fails is tried again by the next. */
    static MeetBridge bridge() {
        MeetBridge opened = bridge;
        return opened == null ? open() : opened;
    }

    private static synchronized MeetBridge open() {
        if (bridge == null) {
            bridge = new MeetBridge(Settings.configured(), true);
        }
        return bridge;
    }
}
