/*
 * NULL for every pointer of every function of the header, one at a time: arguments SETTINGS PORT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define MOST_TEXTS 5
#define NOBODY "nobody@example.com"

struct api api = LINKED_LIBRARY;

/* Gives all functions one shape. */
#define CALL(name, ...)                                                                            \
    static int32_t call_##name(uint32_t bridge, const char *const *t, char **out) {                \
        (void)out;                                                                                 \
        return meetbridge_##name(bridge, __VA_ARGS__);                                             \
    }
CALL(reload, t[0])
CALL(start_authorization, t[0], t[1], t[2], t[3], out)
CALL(complete_authorization, t[0], t[1], t[2], out)
CALL(get_authorization, t[0], t[1], t[2], out)
CALL(revoke_authorization, t[0], t[1], t[2])
CALL(list_authorizations, t[0], t[1], out)
CALL(rename_user, t[0], t[1], t[2])
CALL(forget_user, t[0], t[1])
CALL(create_meeting, t[0], t[1], t[2], t[3], out)
CALL(get_meeting, t[0], t[1], t[2], t[3], out)
CALL(update_meeting, t[0], t[1], t[2], t[3], t[4], out)
CALL(delete_meeting, t[0], t[1], t[2], t[3])
CALL(list_meetings, t[0], t[1], t[2], t[3], out)
CALL(get_invitation, t[0], t[1], t[2], t[3], t[4], out)
CALL(handle_webhook, t[0], t[1], (const uint8_t *)t[2], 2, t[3], out)
CALL(list_audit, t[0], t[1], out)
CALL(maintain, t[0], out)
CALL(diagnose, t[0], out)

/* One function with a bridge, texts and perhaps an output. */
struct function {
    const char *name;
    int32_t (*call)(uint32_t bridge, const char *const *texts, char **out);
    /* Of each text: 'r' required, 'o' may be NULL without changing anything. */
    const char *kinds;
    int has_output;
    /* Good values, though of a user whom nobody knows. */
    const char *texts[MOST_TEXTS];
};

#define ENTRY(name, kinds, has_output, ...)                                                        \
    { #name, call_##name, kinds, has_output, {__VA_ARGS__} }

static const struct function functions[] = {
    ENTRY(reload, "o", 0, NULL),
    ENTRY(start_authorization, "rroo", 1, "zoom", NOBODY, NULL, "{}"),
    /* Whether a user may be NULL is seen when the state was opened, which is none here. */
    ENTRY(complete_authorization, "oro", 1, NOBODY, "?code=c&state=s", "{}"),
    ENTRY(get_authorization, "rro", 1, "zoom", NOBODY, "{}"),
    ENTRY(revoke_authorization, "rro", 0, "zoom", NOBODY, "{}"),
    ENTRY(list_authorizations, "oo", 1, "{}", "{}"),
    ENTRY(rename_user, "rro", 0, NOBODY, "nobody-else@example.com", "{}"),
    ENTRY(forget_user, "ro", 0, NOBODY, "{}"),
    ENTRY(create_meeting, "rrro", 1, "zoom", NOBODY, MEETING, "{}"),
    ENTRY(get_meeting, "rrro", 1, "zoom", NOBODY, "1", "{}"),
    ENTRY(update_meeting, "rrrro", 1, "zoom", NOBODY, "1", "{\"topic\": \"New\"}", "{}"),
    ENTRY(delete_meeting, "rrro", 0, "zoom", NOBODY, "1", "{}"),
    ENTRY(list_meetings, "rroo", 1, "zoom", NOBODY, "{}", "{}"),
    ENTRY(get_invitation, "rrroo", 1, "zoom", NOBODY, "1", NULL, "{}"),
    ENTRY(handle_webhook, "rrro", 1, "zoom", "{}", "{}", "{}"),
    ENTRY(list_audit, "oo", 1, "{}", "{}"),
    ENTRY(maintain, "o", 1, "{}"),
    ENTRY(diagnose, "o", 1, "{}"),
};

/* Calls and checks that the output and the last error belong to the status. */
static int32_t call(const struct function *function, uint32_t bridge, const char *const *texts) {
    char poison, *out = &poison;
    int32_t status = function->call(bridge, texts, &out);
    if (status != MEETBRIDGE_OK) {
        char *name = json_text(meetbridge_last_error(), "name");
        CHECK(name != NULL && strcmp(name, meetbridge_status_name(status)) == 0);
        free(name);
    }
    if (!function->has_output) {
        CHECK(out == &poison);
    } else if (status == MEETBRIDGE_OK) {
        CHECK(out != NULL && out != &poison);
        meetbridge_string_free(out);
    } else {
        CHECK(out == NULL);
    }
    return status;
}

static void one_function(const struct function *function, uint32_t bridge, uint32_t closed) {
    int32_t usual = call(function, bridge, function->texts), status;
    size_t i;
    for (i = 0; i < strlen(function->kinds); i++) {
        const char *texts[MOST_TEXTS];
        int required = function->kinds[i] == 'r';
        memcpy(texts, function->texts, sizeof texts);
        texts[i] = NULL;
        status = call(function, bridge, texts);
        check_status(status, required ? MEETBRIDGE_INVALID_ARGUMENT : usual, function->name,
                     __FILE__, __LINE__);
    }
    if (function->has_output) {
        status = function->call(bridge, function->texts, NULL);
        check_status(status, MEETBRIDGE_INVALID_ARGUMENT, function->name, __FILE__, __LINE__);
    }
    status = call(function, closed, function->texts);
    check_status(status, MEETBRIDGE_INVALID_HANDLE, function->name, __FILE__, __LINE__);
}

int main(int argc, char **argv) {
    uint32_t bridge, closed;
    size_t i;

    begin(argc, argv, 0);
    CHECK_STATUS(meetbridge_open(settings, NULL), MEETBRIDGE_INVALID_ARGUMENT);
    CHECK_STATUS(meetbridge_open(NULL, NULL), MEETBRIDGE_INVALID_ARGUMENT);
    CHECK_OK(meetbridge_open(settings, &closed));
    CHECK_OK(meetbridge_open(settings, &bridge));
    CHECK_OK(meetbridge_close(closed));
    CHECK_STATUS(meetbridge_close(closed), MEETBRIDGE_INVALID_HANDLE);
    /* What NULL stands for in `reload`. */
    setenv("MEETBRIDGE_SETTINGS", settings, 1);

    for (i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        one_function(&functions[i], bridge, closed);
    }
    CHECK_OK(meetbridge_set_log(NULL, NULL, 1));
    meetbridge_string_free(NULL);
    CHECK_OK(meetbridge_close(bridge));

    CHECK(strcmp(meetbridge_status_name(-1), "UNKNOWN") == 0);
    CHECK(strcmp(meetbridge_status_name(INT32_MAX), "UNKNOWN") == 0);
    CHECK(strcmp(meetbridge_status_name(MEETBRIDGE_CLOSED), "CLOSED") == 0);
    return 0;
}
