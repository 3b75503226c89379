/* The library through its C door: the whole of create_meeting, a user for each thread. With
 * REFERENCE=1 in the environment each meeting has a reference of its own, with USERS=N each call is
 * for another of so many users, and with MAINTAIN=1 maintain has been there before. */
#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "library.h"

struct state {
    char user[64];
    int number;
    unsigned seed;
    long calls;
    char document[4096];
};

static uint32_t bridge;
static char *document;
static int with_reference;
static int users;

static void maintain(void) {
    char *report;
    succeed(api.maintain(bridge, NULL, &report), "maintain");
    api.string_free(report);
}

void client_prepare(void) {
    with_reference = getenv("REFERENCE") != NULL;
    users = getenv("USERS") == NULL ? 0 : atoi(getenv("USERS"));
    document = text_of("document.json");
    library_load();
    bridge = library_open();
    if (getenv("MAINTAIN") != NULL) {
        maintain();
    }
}

static void name_user(struct state *state, int number) {
    snprintf(state->user, sizeof state->user, "user-%d@example.com", number);
}

void *client_open(int thread) {
    struct state *state = calloc(1, sizeof *state);
    CHECK(state != NULL);
    state->number = thread;
    state->seed = (unsigned)thread + 1;
    name_user(state, thread);
    strcpy(state->document, document);
    return state;
}

/* A member in front of the others. */
static void refer(struct state *state) {
    snprintf(state->document, sizeof state->document, "{\"reference\": \"%lld-%d-%ld\", %s",
             (long long)now_ns(), state->number, state->calls++, document + 1);
}

void client_call(void *argument) {
    struct state *state = argument;
    char *meeting;
    if (with_reference) {
        refer(state);
    }
    if (users > 0) {
        name_user(state, rand_r(&state->seed) % users);
    }
    succeed(api.create(bridge, "zoom", state->user, state->document, NULL, &meeting), "create");
    CHECK(meeting[0] == '{');
    api.string_free(meeting);
}
