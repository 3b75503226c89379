package org.meetbridge;

/** Whether a meeting is recorded, and where. */
public enum AutoRecording {
    /** Not. */
    NONE("none"),
    /** On the host's computer, which Webex cannot. */
    LOCAL("local"),
    /** At the provider. */
    CLOUD("cloud");

    private final String id;

    AutoRecording(String id) {
        this.id = id;
    }

    /** {@return the name in documents} */
    public String id() {
        return id;
    }
}
