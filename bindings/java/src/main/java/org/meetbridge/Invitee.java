package org.meetbridge;

import java.util.Map;
import java.util.Optional;

/** Someone whom the provider should know as invited. */
public final class Invitee extends Document {
    private Invitee(Map<String, Object> members) {
        super(members);
    }

    /**
     * An invitee by his address alone.
     *
     * @param email his address
     * @return the invitee
     */
    public static Invitee of(String email) {
        return of(email, null);
    }

    /**
     * An invitee with his name.
     *
     * @param email his address
     * @param name his name, or null
     * @return the invitee
     */
    public static Invitee of(String email, String name) {
        if (email == null) {
            throw MeetBridgeException.invalidArgument("email: null");
        }
        Members members = new Members();
        members.put("email", email);
        members.put("name", name);
        return new Invitee(members.build());
    }

    /** {@return his address} */
    public String getEmail() {
        return text("email");
    }

    /** {@return his name} */
    public Optional<String> getName() {
        return optionalText("name");
    }
}
