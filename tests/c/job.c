/* The main job, small enough for slow checkers: job SETTINGS PORT */
#include <stdlib.h>
#include <string.h>

#include "support.h"

struct api api = LINKED_LIBRARY;

static uint32_t bridge;

static void *create_both(void *unused) {
    (void)unused;
    CHECK_OK(create(bridge, "zoom"));
    CHECK_OK(create(bridge, "webex"));
    return NULL;
}

static void one_provider(const char *provider) {
    char *document, *state;
    CHECK_STATUS(create(bridge, provider), MEETBRIDGE_NOT_AUTHORIZED);
    authorize(bridge, provider, ANNA);
    CHECK_OK(create(bridge, provider));
    tell_sandbox("POST", "expire", "");
    CHECK_OK(create(bridge, provider));
    CHECK_OK(meetbridge_get_authorization(bridge, provider, ANNA, NULL, &document));
    state = json_text(document, "state");
    CHECK(state != NULL && strcmp(state, "authorized") == 0);
    free(state);
    meetbridge_string_free(document);
}

int main(int argc, char **argv) {
    char *report;

    begin(argc, argv, 0);
    CHECK(strlen(meetbridge_version()) > 0 && meetbridge_version_number() != 0);
    CHECK_OK(meetbridge_open(settings, &bridge));
    one_provider("zoom");
    one_provider("webex");
    CHECK_OK(meetbridge_diagnose(bridge, NULL, &report));
    meetbridge_string_free(report);
    /* What a thread keeps for itself must go with it. */
    join_thread(start_thread(SMALL_STACK, create_both, NULL));
    CHECK_OK(meetbridge_reload(bridge, settings));
    CHECK_OK(meetbridge_revoke_authorization(bridge, "zoom", ANNA, NULL));
    CHECK_OK(meetbridge_revoke_authorization(bridge, "webex", ANNA, NULL));
    CHECK_STATUS(create(bridge, "zoom"), MEETBRIDGE_NOT_AUTHORIZED);
    CHECK_OK(meetbridge_close(bridge));
    meetbridge_string_free(NULL);
    return 0;
}
