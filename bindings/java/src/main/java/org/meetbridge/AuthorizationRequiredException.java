package org.meetbridge;

/**
 * The user must go through the authorization, for the first time or again: send his browser to the
 * address that {@link MeetBridge#startAuthorization(Provider, String)} gives for
 * {@link #provider()}. Its status is {@link Status#NOT_AUTHORIZED}, {@link Status#REAUTHORIZE} or
 * {@link Status#SCOPE_MISSING}.
 */
public final class AuthorizationRequiredException extends MeetBridgeException {
    private static final long serialVersionUID = 1;

    AuthorizationRequiredException(Failure failure) {
        super(failure);
    }

    /** {@return where the user must authorize} */
    public Provider provider() {
        return getProvider().orElseThrow(IllegalStateException::new);
    }
}
