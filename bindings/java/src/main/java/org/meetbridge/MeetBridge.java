package org.meetbridge;

import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The installed library with one set of settings. A program opens one, or shares the one of
 * {@link #shared()}, and calls it from any thread; opening equal settings again is cheap.
 *
 * <p>Users are named as the host names them, by a Notes name or an e-mail address. Every method may
 * throw {@link MeetBridgeException}; an argument that must not be null is
 * {@link Status#INVALID_ARGUMENT} if it is. No method may be called from inside the logger's
 * handlers: {@link Status#REENTRANT}.
 *
 * <p>A security manager, where there is one, is asked for {@code RuntimePermission
 * "meetbridge.settings"} by {@code open}, {@code reload} and {@code setLogger}, which throw its
 * {@link SecurityException} unless caller and jar have it. Nothing else asks, so that a program
 * without rights has {@link #shared()} and its operations.
 */
public final class MeetBridge implements AutoCloseable {
    /** By which the native side knows it. */
    final int number;
    private final boolean isShared;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile byte[] settings;

    MeetBridge(byte[] settings, boolean isShared) {
        Library.load();
        this.settings = settings;
        this.isShared = isShared;
        number = Native.open(settings);
    }

    /**
     * The one that all programs of this class loader share, opened by the first who asks. Its
     * settings are in the file that the system property {@code meetbridge.settings} names, or else
     * the environment variable {@code MEETBRIDGE_SETTINGS}.
     *
     * @return always the same; closing it does nothing
     */
    public static MeetBridge shared() {
        return Shared.bridge();
    }

    /**
     * Opens a bridge.
     *
     * @param settingsFile holds the settings
     * @return what is to be closed at the end
     */
    public static MeetBridge open(Path settingsFile) {
        return new MeetBridge(Settings.chosen(settingsFile), false);
    }

    /**
     * Opens a bridge.
     *
     * @param settings a JSON object, or the path of a file that holds it
     * @return what is to be closed at the end
     */
    public static MeetBridge open(String settings) {
        return new MeetBridge(Settings.chosen(settings), false);
    }

    /** Reads the settings again from where they came, without a restart. */
    public void reload() {
        Settings.checkPermission();
        Native.reload(number, settings);
    }

    /**
     * Exchanges the settings without a restart; if the new ones are wrong, the old ones stay.
     *
     * @param settingsFile holds the settings
     */
    public void reload(Path settingsFile) {
        replace(Settings.chosen(settingsFile));
    }

    /**
     * Exchanges the settings without a restart; if the new ones are wrong, the old ones stay.
     *
     * @param settings a JSON object, or the path of a file that holds it
     */
    public void reload(String settings) {
        replace(Settings.chosen(settings));
    }

    /**
     * Ends the bridge: new and waiting calls fail with {@link Status#CLOSED} or
     * {@link Status#INVALID_HANDLE}; returns when those under way are done. Closing twice is fine.
     */
    @Override
    public void close() {
        if (!isShared && closed.compareAndSet(false, true)) {
            try {
                Native.close(number);
            } catch (RuntimeException | Error notClosed) {
                closed.set(false);
                throw notClosed;
            }
        }
    }

    /** {@return the version of library and jar} */
    public static String version() {
        Library.load();
        return Utf8.text(Native.version());
    }

    /**
     * Where the lines of the library go, for the whole process. They come on the thread that made
     * the call, and a handler that throws does no harm. Holds the logger and this class until it is
     * replaced: a program that can be unloaded takes its logger away before. Returns when the one
     * before will never be called again: who holds a lock that its handlers take may wait forever.
     *
     * @param logger null for silence, as at the beginning
     * @param level the finest level that is told
     */
    public static void setLogger(Logger logger, Level level) {
        Settings.checkPermission();
        Library.load();
        Native.setLogger(logger, level);
    }

    /**
     * Starts the authorization of a user, back to this server's own redirect URL.
     *
     * @param provider where
     * @param user who is to consent
     * @return where his browser is to be sent; good for ten minutes and one use
     */
    public URI startAuthorization(Provider provider, String user) {
        return startAuthorization(provider, user, null, null);
    }

    /**
     * Starts the authorization of a user.
     *
     * @param provider where
     * @param user who is to consent
     * @param redirect one of the app's redirect URLs, or null for this server's own
     * @return where his browser is to be sent; good for ten minutes and one use
     */
    public URI startAuthorization(Provider provider, String user, URI redirect) {
        return startAuthorization(provider, user, redirect, null);
    }

    /**
     * Starts the authorization of a user.
     *
     * @param provider where
     * @param user who is to consent
     * @param redirect one of the app's redirect URLs, or null for this server's own
     * @param options about this call, or null
     * @return where his browser is to be sent; good for ten minutes and one use
     */
    public URI startAuthorization(Provider provider, String user, URI redirect, Options options) {
        Arguments arguments = Arguments.of(provider, user)
                .text(redirect == null ? null : redirect.toString());
        return Document.uri(call(Operation.START_AUTHORIZATION, arguments, options));
    }

    /**
     * Finishes an authorization with what the provider's redirect brought back.
     *
     * @param user who is signed in, or null where the options have a binding
     * @param callback the full URL of the callback, or its query string
     * @return how it stands now
     */
    public Authorization completeAuthorization(String user, String callback) {
        return completeAuthorization(user, callback, null);
    }

    /**
     * Finishes an authorization with what the provider's redirect brought back.
     *
     * @param user who is signed in, or null where the options have a binding
     * @param callback the full URL of the callback, or its query string
     * @param options about this call, or null
     * @return how it stands now
     */
    public Authorization completeAuthorization(String user, String callback, Options options) {
        Arguments arguments = new Arguments().text(user).text(callback);
        return answer(Operation.COMPLETE_AUTHORIZATION, arguments, options, Authorization::new);
    }

    /**
     * Tells how the authorization stands that serves a user. Sends nothing.
     *
     * @param provider where
     * @param user whose
     * @return empty if there is none
     */
    public Optional<Authorization> getAuthorization(Provider provider, String user) {
        return getAuthorization(provider, user, null);
    }

    /**
     * Tells how the authorization stands that serves a user. Sends nothing.
     *
     * @param provider where
     * @param user whose
     * @param options about this call, or null
     * @return empty if there is none
     */
    public Optional<Authorization> getAuthorization(Provider provider, String user,
            Options options) {
        Arguments arguments = Arguments.of(provider, user);
        try {
            return Optional.of(
                    answer(Operation.GET_AUTHORIZATION, arguments, options, Authorization::new));
        } catch (AuthorizationRequiredException required) {
            if (required.getStatus() == Status.NOT_AUTHORIZED) {
                return Optional.empty();
            }
            throw required;
        }
    }

    /**
     * Ends a user's authorization: at the provider where it can be ended there (Zoom), here in any
     * case.
     *
     * @param provider where
     * @param user whose
     */
    public void revokeAuthorization(Provider provider, String user) {
        revokeAuthorization(provider, user, null);
    }

    /**
     * Ends a user's authorization: at the provider where it can be ended there (Zoom), here in any
     * case.
     *
     * @param provider where
     * @param user whose
     * @param options about this call, or null
     */
    public void revokeAuthorization(Provider provider, String user, Options options) {
        call(Operation.REVOKE_AUTHORIZATION, Arguments.of(provider, user), options);
    }

    /**
     * Lists authorizations, whoever is a member now. Sends nothing.
     *
     * @return the first of them
     */
    public Page<Authorization> listAuthorizations() {
        return listAuthorizations(null, null);
    }

    /**
     * Lists authorizations, whoever is a member now. Sends nothing.
     *
     * @param filter by when the user consented, or null for all
     * @return a part of them
     */
    public Page<Authorization> listAuthorizations(Filter filter) {
        return listAuthorizations(filter, null);
    }

    /**
     * Lists authorizations, whoever is a member now. Sends nothing.
     *
     * @param filter by when the user consented, or null for all
     * @param options about this call, or null
     * @return a part of them
     */
    public Page<Authorization> listAuthorizations(Filter filter, Options options) {
        Arguments arguments = new Arguments().document(filter);
        return answer(Operation.LIST_AUTHORIZATIONS, arguments, options,
                page -> new Page<>(page, "authorizations", Authorization::new));
    }

    /**
     * Gives everything of a user to his new name.
     *
     * @param oldUser his name before
     * @param newUser his name from now on
     */
    public void renameUser(String oldUser, String newUser) {
        renameUser(oldUser, newUser, null);
    }

    /**
     * Gives everything of a user to his new name.
     *
     * @param oldUser his name before
     * @param newUser his name from now on
     * @param options about this call, or null
     */
    public void renameUser(String oldUser, String newUser, Options options) {
        call(Operation.RENAME_USER, new Arguments().text(oldUser).text(newUser), options);
    }

    /**
     * Ends and deletes all that belongs to a user who leaves. His meetings stay.
     *
     * @param user who leaves
     */
    public void forgetUser(String user) {
        forgetUser(user, null);
    }

    /**
     * Ends and deletes all that belongs to a user who leaves. His meetings stay.
     *
     * @param user who leaves
     * @param options about this call, or null
     */
    public void forgetUser(String user, Options options) {
        call(Operation.FORGET_USER, new Arguments().text(user), options);
    }

    /**
     * Creates a meeting. With a reference there is at most one, however often it is asked for.
     *
     * @param provider where
     * @param user for whom
     * @param meeting what meeting
     * @return the meeting as the provider has it
     */
    public Meeting createMeeting(Provider provider, String user, MeetingRequest meeting) {
        return createMeeting(provider, user, meeting, null);
    }

    /**
     * Creates a meeting. With a reference there is at most one, however often it is asked for.
     *
     * @param provider where
     * @param user for whom
     * @param meeting what meeting
     * @param options about this call, or null
     * @return the meeting as the provider has it
     */
    public Meeting createMeeting(Provider provider, String user, MeetingRequest meeting,
            Options options) {
        Arguments arguments = Arguments.of(provider, user).document(meeting);
        return answer(Operation.CREATE_MEETING, arguments, options, Meeting::new);
    }

    /**
     * Reads a meeting as the provider has it now, with its dates if it repeats.
     *
     * @param provider where
     * @param user whose
     * @param meetingId {@link Meeting#getId()}
     * @return the meeting
     */
    public Meeting getMeeting(Provider provider, String user, String meetingId) {
        return getMeeting(provider, user, meetingId, null);
    }

    /**
     * Reads a meeting as the provider has it now, with its dates if it repeats.
     *
     * @param provider where
     * @param user whose
     * @param meetingId {@link Meeting#getId()}
     * @param options about this call, or null
     * @return the meeting
     */
    public Meeting getMeeting(Provider provider, String user, String meetingId, Options options) {
        Arguments arguments = Arguments.of(provider, user).text(meetingId);
        return answer(Operation.GET_MEETING, arguments, options, Meeting::new);
    }

    /**
     * Changes a meeting, or one date of it. What the changes do not name stays.
     *
     * @param provider where
     * @param user whose
     * @param meetingId {@link Meeting#getId()}
     * @param changes what is to be otherwise
     * @return the meeting after the change
     */
    public Meeting updateMeeting(Provider provider, String user, String meetingId,
            MeetingRequest changes) {
        return updateMeeting(provider, user, meetingId, changes, null);
    }

    /**
     * Changes a meeting, or one date of it. What the changes do not name stays.
     *
     * @param provider where
     * @param user whose
     * @param meetingId {@link Meeting#getId()}
     * @param changes what is to be otherwise
     * @param options about this call, or null
     * @return the meeting after the change
     */
    public Meeting updateMeeting(Provider provider, String user, String meetingId,
            MeetingRequest changes, Options options) {
        Arguments arguments = Arguments.of(provider, user).text(meetingId).document(changes);
        return answer(Operation.UPDATE_MEETING, arguments, options, Meeting::new);
    }

    /**
     * Deletes a meeting, or cancels one date of it, and sets its reference free.
     *
     * @param provider where
     * @param user whose
     * @param meetingId {@link Meeting#getId()}
     */
    public void deleteMeeting(Provider provider, String user, String meetingId) {
        deleteMeeting(provider, user, meetingId, null);
    }

    /**
     * Deletes a meeting, or cancels one date of it, and sets its reference free.
     *
     * @param provider where
     * @param user whose
     * @param meetingId {@link Meeting#getId()}
     * @param options about this call, or null
     */
    public void deleteMeeting(Provider provider, String user, String meetingId, Options options) {
        Arguments arguments = Arguments.of(provider, user).text(meetingId);
        call(Operation.DELETE_MEETING, arguments, options);
    }

    /**
     * Lists a user's meetings, in the provider's order. A repeating meeting stands once.
     *
     * @param provider where
     * @param user whose
     * @param filter which, or null for those of the coming year
     * @return a part of them
     */
    public Page<Meeting> listMeetings(Provider provider, String user, Filter filter) {
        return listMeetings(provider, user, filter, null);
    }

    /**
     * Lists a user's meetings, in the provider's order. A repeating meeting stands once.
     *
     * @param provider where
     * @param user whose
     * @param filter which, or null for those of the coming year
     * @param options about this call, or null
     * @return a part of them
     */
    public Page<Meeting> listMeetings(Provider provider, String user, Filter filter,
            Options options) {
        Arguments arguments = Arguments.of(provider, user).document(filter);
        return answer(Operation.LIST_MEETINGS, arguments, options,
                page -> new Page<>(page, "meetings", Meeting::new));
    }

    /**
     * Writes an invitation as plain text, for the body of a calendar entry.
     *
     * @param provider where
     * @param user whose
     * @param meetingId {@link Meeting#getId()}
     * @param language the text's, or null for that of the settings
     * @return the text, its lines ended by LF
     */
    public String getInvitation(Provider provider, String user, String meetingId, Locale language) {
        return getInvitation(provider, user, meetingId, language, null);
    }

    /**
     * Writes an invitation as plain text, for the body of a calendar entry.
     *
     * @param provider where
     * @param user whose
     * @param meetingId {@link Meeting#getId()}
     * @param language the text's, or null for that of the settings
     * @param options about this call, or null
     * @return the text, its lines ended by LF
     */
    public String getInvitation(Provider provider, String user, String meetingId, Locale language,
            Options options) {
        Arguments arguments = Arguments.of(provider, user).text(meetingId)
                .text(language == null ? null : language.toLanguageTag());
        return call(Operation.GET_INVITATION, arguments, options);
    }

    /**
     * Verifies and reads a notification (webhook) that a provider has sent to the host.
     *
     * @param provider who was told the address at which it came
     * @param headers those of the request, names in any case
     * @param body that of the request, byte for byte
     * @return what to answer, and what happened
     */
    public WebhookOutcome handleWebhook(Provider provider, Map<String, String> headers,
            byte[] body) {
        return handleWebhook(provider, headers, body, null);
    }

    /**
     * Verifies and reads a notification (webhook) that a provider has sent to the host.
     *
     * @param provider who was told the address at which it came
     * @param headers those of the request, names in any case
     * @param body that of the request, byte for byte
     * @param options about this call, or null
     * @return what to answer, and what happened
     */
    public WebhookOutcome handleWebhook(Provider provider, Map<String, String> headers,
            byte[] body, Options options) {
        Arguments arguments = new Arguments().provider(provider).document(headers).bytes(body);
        return answer(Operation.HANDLE_WEBHOOK, arguments, options, WebhookOutcome::new);
    }

    /**
     * Reads the audit trail. Sends nothing.
     *
     * @return the first of it, in the order in which the operations ended
     */
    public Page<AuditEntry> listAudit() {
        return listAudit(null, null);
    }

    /**
     * Reads the audit trail. Sends nothing.
     *
     * @param filter by when an operation began, or null for all
     * @return a part of it, in the order in which the operations ended
     */
    public Page<AuditEntry> listAudit(Filter filter) {
        return listAudit(filter, null);
    }

    /**
     * Reads the audit trail. Sends nothing.
     *
     * @param filter by when an operation began, or null for all
     * @param options about this call, or null
     * @return a part of it, in the order in which the operations ended
     */
    public Page<AuditEntry> listAudit(Filter filter, Options options) {
        Arguments arguments = new Arguments().document(filter);
        return answer(Operation.LIST_AUDIT, arguments, options,
                page -> new Page<>(page, "entries", AuditEntry::new));
    }

    /**
     * Does the housekeeping that is due, on this thread; to be called about once an hour.
     *
     * @return what was done and what is left
     */
    public MaintainReport maintain() {
        return maintain(null);
    }

    /**
     * Does the housekeeping that is due, on this thread; to be called about once an hour.
     *
     * @param options about this call, or null
     * @return what was done and what is left
     */
    public MaintainReport maintain(Options options) {
        return answer(Operation.MAINTAIN, new Arguments(), options, MaintainReport::new);
    }

    /**
     * Looks whether all is in order, with a request without credentials to each provider.
     *
     * @return what was found
     */
    public DiagnoseReport diagnose() {
        return diagnose(null);
    }

    /**
     * Looks whether all is in order, with a request without credentials to each provider.
     *
     * @param options about this call, or null
     * @return what was found
     */
    public DiagnoseReport diagnose(Options options) {
        return answer(Operation.DIAGNOSE, new Arguments(), options, DiagnoseReport::new);
    }

    private void replace(byte[] source) {
        Native.reload(number, source);
        settings = source;
    }

    private String call(Operation operation, Arguments arguments, Options options) {
        return arguments.document(options).call(number, operation);
    }

    private <T> T answer(Operation operation, Arguments arguments, Options options,
            Function<Map<String, Object>, T> type) {
        return type.apply(JsonReader.read(call(operation, arguments, options)));
    }
}
