package org.meetbridge;

/** Who holds the meetings. */
public enum Provider {
    /** Zoom. */
    ZOOM("zoom"),
    /** Cisco Webex. */
    WEBEX("webex");

    private final String id;

    Provider(String id) {
        this.id = id;
    }

    /** {@return the name in settings, logs and addresses: {@code zoom} or {@code webex}} */
    public String id() {
        return id;
    }

    /**
     * Finds a provider by its name.
     *
     * @param id {@code zoom} or {@code webex}
     * @return the provider
     * @throws MeetBridgeException {@link Status#UNKNOWN_PROVIDER} for every other name
     */
    public static Provider of(String id) {
        for (Provider provider : values()) {
            if (provider.id.equals(id)) {
                return provider;
            }
        }
        throw new MeetBridgeException(Status.UNKNOWN_PROVIDER, "There is no such provider.",
                "Write zoom or webex.", null);
    }
}
