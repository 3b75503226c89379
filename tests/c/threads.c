/*
 * Many threads with small stacks create meetings at once on one authorization whose token has
 * ended, and the library creates no thread: threads SETTINGS PORT PROVIDER ENDED THREADS EACH
 *
 * ENDED  "known": the library knows that the token has ended; "refused": the provider has to say so
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "created.h"
#include "support.h"

#define MOST 64

struct api api = LINKED_LIBRARY;

static uint32_t bridge;
static const char *provider;
static int each;
static int working;
static pthread_barrier_t together;

static void *work(void *unused) {
    int i;
    (void)unused;
    pthread_barrier_wait(&together);
    for (i = 0; i < each; i++) {
        CHECK_OK(create(bridge, provider));
    }
    __atomic_sub_fetch(&working, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

/* Authorizes so that the next call finds a token that has ended. */
static void prepare(const char *ended) {
    static const char lifetimes[] = "{\"zoom_access_seconds\": %d, \"webex_access_seconds\": %d,"
                                    " \"zoom_daily_limit\": null, \"webex_daily_limit\": null}";
    char change[200];
    int known = strcmp(ended, "known") == 0;
    snprintf(change, sizeof change, lifetimes, known ? 0 : 3600, known ? 0 : 3600);
    tell_sandbox("PATCH", "settings", change);
    authorize(bridge, provider, ANNA);
    snprintf(change, sizeof change, lifetimes, 3600, 3600);
    tell_sandbox("PATCH", "settings", change);
    tell_sandbox("POST", "expire", "");
}

int main(int argc, char **argv) {
    pthread_t threads[MOST];
    int i, size, before, most = 0, looks = 0;

    begin(argc, argv, 4);
    provider = arguments[0];
    size = atoi(arguments[2]);
    each = atoi(arguments[3]);
    CHECK(size > 0 && size <= MOST);
    before = count_tasks();
    CHECK(before == 1);

    CHECK_OK(meetbridge_open(settings, &bridge));
    prepare(arguments[1]);
    if (created_threads != 0) {
        fprintf(stderr, "the library created %d threads\n", created_threads);
        return 1;
    }

    working = size;
    CHECK(pthread_barrier_init(&together, NULL, (unsigned)size) == 0);
    for (i = 0; i < size; i++) {
        threads[i] = start_thread(SMALL_STACK, work, NULL);
    }
    while (READ(working) > 0) {
        int tasks = count_tasks();
        most = tasks > most ? tasks : most;
        looks++;
    }
    for (i = 0; i < size; i++) {
        join_thread(threads[i]);
    }
    pthread_barrier_destroy(&together);
    CHECK_OK(meetbridge_close(bridge));

    printf("looks=%d most=%d created=%d\n", looks, most, created_threads);
    CHECK(most <= before + size);
    CHECK(created_threads == size);
    CHECK(created_tasks == 0);
    wait_for_tasks(before);
    return 0;
}
