package org.meetbridge;

import java.util.Arrays;
import java.util.function.Predicate;

/** How a call ended. The numbers are those of the C interface and never change. */
public enum Status {
    /** The call did what it was asked to do. */
    OK(0),
    /** An argument is missing, malformed, too long, or a document has an unknown field. */
    INVALID_ARGUMENT(101),
    /** The handle was never given out, or is closed. */
    INVALID_HANDLE(102),
    /** The settings are malformed; the message names the path of the field. */
    INVALID_SETTINGS(103),
    /** No such provider, or no enabled app for it in the settings. */
    UNKNOWN_PROVIDER(104),
    /** The caller's buffer is too small; the needed length was returned. */
    BUFFER_TOO_SMALL(105),
    /** The bridge was closed while the call was waiting. */
    CLOSED(106),
    /** A call was made from inside a callback of the library. */
    REENTRANT(107),
    /** The provider cannot do this; the message names the field. */
    UNSUPPORTED(108),
    /** Another request was already made under this reference. */
    REFERENCE_CONFLICT(109),
    /** The user has not authorized this provider yet. */
    NOT_AUTHORIZED(201),
    /** The authorization has ended; the user must authorize again. */
    REAUTHORIZE(202),
    /** The callback has no state, as after the provider's own Install button. */
    STATE_MISSING(203),
    /** The state was not made by this installation, or was changed. */
    STATE_INVALID(204),
    /** More than ten minutes passed between start and callback. */
    STATE_EXPIRED(205),
    /** This callback was already used. */
    STATE_REPLAYED(206),
    /** The flow was started for another user. */
    USER_MISMATCH(207),
    /** The user refused on the consent page. */
    ACCESS_DENIED(208),
    /** No app of this provider serves this user. */
    NOT_A_MEMBER(209),
    /** The consent does not cover this operation. */
    SCOPE_MISSING(210),
    /** The provider refuses the app itself, not the user. */
    APP_REJECTED(211),
    /** The provider answers with a server error, or is left alone after repeated failures. */
    PROVIDER_UNAVAILABLE(301),
    /** The provider understood the request and refuses it. */
    PROVIDER_REJECTED(302),
    /** The provider's rate or daily limit is reached. */
    RATE_LIMITED(303),
    /** The provider does not know this meeting. */
    MEETING_NOT_FOUND(304),
    /** The user's licence does not allow this. */
    LICENSE_REQUIRED(305),
    /** The provider's answer cannot be understood. */
    UNEXPECTED_ANSWER(306),
    /** The request may or may not have been carried out. */
    OUTCOME_UNKNOWN(307),
    /** A webhook's signature, age or origin cannot be trusted. */
    WEBHOOK_UNTRUSTED(308),
    /** The provider or proxy cannot be reached. */
    NETWORK(401),
    /** No trusted TLS connection could be made. */
    TLS(402),
    /** The deadline of the call passed. */
    TIMEOUT(403),
    /** The store cannot be opened, read or written. */
    STORE_UNAVAILABLE(404),
    /** The store's content is damaged. */
    STORE_DAMAGED(405),
    /** The store was sealed with another key. */
    WRONG_KEY(406),
    /** A fault of the library itself. */
    INTERNAL(501),
    /** This operation is not built yet. */
    NOT_AVAILABLE(502),
    /** Memory could not be allocated. */
    OUT_OF_MEMORY(503);

    private final int code;

    Status(int code) {
        this.code = code;
    }

    /** {@return the number of this status} */
    public int code() {
        return code;
    }

    /** What a document says; a number that is unknown here can only be a fault. */
    static Status of(long code) {
        return find(status -> status.code == code);
    }

    /** What a document says; a name that is unknown here can only be a fault. */
    static Status named(String name) {
        return find(status -> status.name().equals(name));
    }

    private static Status find(Predicate<Status> wanted) {
        return Arrays.stream(values()).filter(wanted).findFirst().orElse(INTERNAL);
    }
}
