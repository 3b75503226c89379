package org.meetbridge;

/** What to do with dates that the provider cannot repeat. */
public enum Irregular {
    /** One meeting that can be joined at any time; on Webex one for each date, with a warning. */
    NO_FIXED_TIME("no_fixed_time"),
    /** A meeting for each date. */
    SEPARATE("separate"),
    /** An error, {@link Status#UNSUPPORTED}. */
    ERROR("error");

    private final String id;

    Irregular(String id) {
        this.id = id;
    }

    /** {@return the name in documents} */
    public String id() {
        return id;
    }
}
