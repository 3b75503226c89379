/*
 * Children made by fork(2) use the library like their parent: fork SETTINGS PORT FORKS
 *
 * Prints how many meetings were made by all processes together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

/* In how many seconds a child that is held up by a lock of its parent's ends. */
#define HELD_UP 20
#define THREADS 8

struct api api = LINKED_LIBRARY;

static const char *const providers[] = {"zoom", "webex"};

/* In memory that all processes share. */
struct made {
    int zoom, webex, stop;
};
static struct made *made;
static uint32_t bridge;

static void make(uint32_t handle, int webex) {
    CHECK_OK(create(handle, providers[webex]));
    if (webex) {
        ADD(made->webex);
    } else {
        ADD(made->zoom);
    }
}

static void make_both(uint32_t handle) {
    make(handle, 0);
    make(handle, 1);
}

static pid_t start_child(void (*work)(void)) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(HELD_UP);
        work();
        _exit(0);
    }
    return child;
}

static void end_child(pid_t child) {
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "child %d ended by signal %d%s\n", (int)child, WTERMSIG(status),
                WTERMSIG(status) == SIGALRM ? ": it was held up" : "");
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void authorize_first(void) {
    uint32_t first;
    CHECK_OK(meetbridge_open(settings, &first));
    authorize(first, "zoom", ANNA);
    authorize(first, "webex", ANNA);
    make_both(first);
    CHECK_OK(meetbridge_close(first));
}

static void use_inherited_and_own(void) {
    uint32_t own;
    make_both(bridge);
    CHECK_OK(meetbridge_open(settings, &own));
    CHECK(own != bridge);
    make_both(own);
    CHECK_OK(meetbridge_close(own));
    CHECK_STATUS(create(own, "zoom"), MEETBRIDGE_INVALID_HANDLE);
    make_both(bridge);
    /* The parent's handle of the same number lives on. */
    CHECK_OK(meetbridge_close(bridge));
    CHECK_STATUS(create(bridge, "zoom"), MEETBRIDGE_INVALID_HANDLE);
}

static void make_one(void) {
    make(bridge, getpid() % 2);
}

static void *hammer(void *number) {
    int webex = *(int *)number % 2;
    while (!READ(made->stop)) {
        make(bridge, webex);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t threads[THREADS];
    int numbers[THREADS];
    int i, forks;

    begin(argc, argv, 1);
    forks = atoi(arguments[0]);
    made = mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(made != MAP_FAILED);
    tell_sandbox("PATCH", "settings", "{\"zoom_daily_limit\": null, \"webex_daily_limit\": null}");

    /* The child's authorizations are there for a parent that never used the library. */
    end_child(start_child(authorize_first));
    CHECK_OK(meetbridge_open(settings, &bridge));
    make_both(bridge);

    end_child(start_child(use_inherited_and_own));
    make_both(bridge);

    for (i = 0; i < THREADS; i++) {
        numbers[i] = i;
        threads[i] = start_thread(SMALL_STACK, hammer, &numbers[i]);
    }
    for (i = 0; i < forks; i++) {
        pid_t child;
        if (i % 4 == 0) {
            /* Now the processes also meet at the renewal. */
            tell_sandbox("POST", "expire", "");
        }
        child = start_child(make_one);
        end_child(child);
    }
    WRITE(made->stop, 1);
    for (i = 0; i < THREADS; i++) {
        join_thread(threads[i]);
    }
    CHECK_OK(meetbridge_close(bridge));
    printf("zoom=%d webex=%d\n", made->zoom, made->webex);
    return 0;
}
