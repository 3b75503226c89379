/*
 * The library loaded by hand, as Domino does it: loading SETTINGS PORT LIBRARY COPY ROUNDS
 *
 * COPY  the same library in another file: the second in one process
 *
 * Prints by how many kilobytes the process has grown in the later four fifths of the rounds.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

/* Filled by `load_library`. */
struct api api;

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
    void *library = load_library(path);
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
    void *first = load_library(path), *second;
    struct api of_first = api;
    uint32_t handle = 7;
    CHECK_OK(api.open(settings, &bridge));
    CHECK_OK(create(bridge, "zoom"));

    second = load_library(other);
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
    int i, rounds, descriptors = 0;
    long before = 0, grown;

    begin(argc, argv, 3);
    rounds = atoi(arguments[2]);
    tell_sandbox("PATCH", "settings", "{\"zoom_daily_limit\": null, \"webex_daily_limit\": null}");
    library = load_library(arguments[0]);
    CHECK_OK(api.open(settings, &bridge));
    authorize(bridge, "zoom", ANNA);
    authorize(bridge, "webex", ANNA);
    CHECK_OK(api.close(bridge));
    CHECK(dlclose(library) == 0);

    for (i = 0; i < rounds; i++) {
        if (i == rounds / 5) {
            before = resident();
            descriptors = count_descriptors();
        }
        used_and_unloaded(arguments[0]);
    }
    grown = resident() - before;
    printf("grown=%ld\n", grown > 0 ? grown : 0);
    CHECK(count_descriptors() == descriptors);
    wait_for_tasks(1);
    a_second_copy_is_refused(arguments[0], arguments[1]);
    return 0;
}
