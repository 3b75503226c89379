/*
 * The library loaded by hand, as Domino does it: loading SETTINGS PORT LIBRARY COPY ROUNDS
 *
 * COPY  the same library in another file: the second in one process
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

/* Filled by `load`. */
struct api api;

static void find(void *library, const char *name, void *place) {
    void *found = dlsym(library, name);
    CHECK(found != NULL);
    memcpy(place, &found, sizeof found);
}

static void *load(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
    }
    memset(&api, 0, sizeof api);
    CHECK(library != NULL);
    find(library, "meetbridge_open", &api.open);
    find(library, "meetbridge_close", &api.close);
    find(library, "meetbridge_start_authorization", &api.start);
    find(library, "meetbridge_complete_authorization", &api.complete);
    find(library, "meetbridge_create_meeting", &api.create);
    find(library, "meetbridge_string_free", &api.string_free);
    find(library, "meetbridge_status_name", &api.status_name);
    find(library, "meetbridge_last_error", &api.last_error);
    return library;
}

static uint32_t bridge;

/* What the library keeps for a thread is taken down when the thread ends. */
static void *create_one(void *unused) {
    (void)unused;
    CHECK_OK(create(bridge, "webex"));
    CHECK_STATUS(api.close(0), MEETBRIDGE_INVALID_HANDLE);
    return NULL;
}

/* Ends after the library was unloaded. */
static void *create_and_wait(void *barrier) {
    create_one(NULL);
    pthread_barrier_wait(barrier);
    pthread_barrier_wait(barrier);
    return NULL;
}

static void used_and_unloaded(const char *path) {
    void *library = load(path);
    pthread_barrier_t barrier;
    pthread_t late;
    CHECK(pthread_barrier_init(&barrier, NULL, 2) == 0);
    CHECK_OK(api.open(settings, &bridge));
    CHECK_OK(create(bridge, "zoom"));
    join_thread(start_thread(SMALL_STACK, create_one, NULL));
    late = start_thread(SMALL_STACK, create_and_wait, &barrier);
    pthread_barrier_wait(&barrier);
    CHECK_OK(api.close(bridge));
    CHECK(dlclose(library) == 0);
    pthread_barrier_wait(&barrier);
    join_thread(late);
    pthread_barrier_destroy(&barrier);
}

static void a_second_copy_is_refused(const char *path, const char *other) {
    void *first = load(path), *second;
    struct api of_first = api;
    uint32_t handle = 7;
    CHECK_OK(api.open(settings, &bridge));
    CHECK_OK(create(bridge, "zoom"));

    second = load(other);
    CHECK(second != first && api.open != of_first.open);
    CHECK_STATUS(api.open(settings, &handle), MEETBRIDGE_STORE_UNAVAILABLE);
    CHECK(handle == 0);
    CHECK(strstr(api.last_error(), "another copy of this library") != NULL);
    CHECK(dlclose(second) == 0);

    api = of_first;
    CHECK_OK(create(bridge, "zoom"));
    CHECK_OK(api.close(bridge));
    CHECK(dlclose(first) == 0);
}

int main(int argc, char **argv) {
    void *library;
    int i, rounds;

    begin(argc, argv, 3);
    rounds = atoi(arguments[2]);
    tell_sandbox("PATCH", "settings", "{\"zoom_daily_limit\": null, \"webex_daily_limit\": null}");
    library = load(arguments[0]);
    CHECK_OK(api.open(settings, &bridge));
    authorize(bridge, "zoom", ANNA);
    authorize(bridge, "webex", ANNA);
    CHECK_OK(api.close(bridge));
    CHECK(dlclose(library) == 0);

    for (i = 0; i < rounds; i++) {
        used_and_unloaded(arguments[0]);
    }
    a_second_copy_is_refused(arguments[0], arguments[1]);
    return 0;
}
