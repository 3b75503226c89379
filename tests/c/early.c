/*
 * Forks while other threads make their first calls ever: early SETTINGS PORT SEED
 *
 * What the library makes once for a process may be half made at that moment, by threads that the
 * child does not have. Every thread and every child creates one meeting. With the seed 0 it only
 * authorizes; any other decides when the forks happen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

/* In how many seconds a child that is held up by a lock of its parent's ends. */
#define HELD_UP 20
#define THREADS 8
#define CHILDREN 6

struct api api = LINKED_LIBRARY;

static int go;

static void use(void) {
    uint32_t bridge;
    CHECK_OK(meetbridge_open(settings, &bridge));
    CHECK_OK(create(bridge, "zoom"));
    CHECK_OK(meetbridge_close(bridge));
}

static void *use_at_once(void *unused) {
    (void)unused;
    while (!READ(go)) {
    }
    use();
    return NULL;
}

static void authorize_only(void) {
    uint32_t bridge;
    tell_sandbox("PATCH", "settings", "{\"zoom_daily_limit\": null}");
    CHECK_OK(meetbridge_open(settings, &bridge));
    authorize(bridge, "zoom", ANNA);
    CHECK_OK(meetbridge_close(bridge));
}

int main(int argc, char **argv) {
    pthread_t threads[THREADS];
    pid_t children[CHILDREN];
    int i, seed;

    begin(argc, argv, 1);
    seed = atoi(arguments[0]);
    if (seed == 0) {
        authorize_only();
        return 0;
    }
    for (i = 0; i < THREADS; i++) {
        threads[i] = start_thread(SMALL_STACK, use_at_once, NULL);
    }
    srand((unsigned)seed);
    WRITE(go, 1);
    for (i = 0; i < CHILDREN; i++) {
        volatile int turns = rand() % 300000;
        while (turns > 0) {
            turns = turns - 1;
        }
        children[i] = fork();
        CHECK(children[i] >= 0);
        if (children[i] == 0) {
            alarm(HELD_UP);
            use();
            _exit(0);
        }
    }
    for (i = 0; i < THREADS; i++) {
        join_thread(threads[i]);
    }
    for (i = 0; i < CHILDREN; i++) {
        int status;
        CHECK(waitpid(children[i], &status, 0) == children[i]);
        if (WIFSIGNALED(status)) {
            fprintf(stderr, "child %d of seed %d ended by signal %d\n", i, seed, WTERMSIG(status));
        }
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    return 0;
}
