/*
 * Memory cannot be had: memory SETTINGS PORT ROUNDS
 *
 * In each round a child opens a bridge and asks for an entry, and one of its allocations fails, or
 * all from one on. It may end by abort(3), as Rust ends who has no memory, or its calls may fail.
 * Then another child, which has memory, asks for the same entry. Prints how the children ended.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

#define HELD_UP 60
#define FAILED 3

struct api api = LINKED_LIBRARY;

/* glibc's own, under the names that it keeps for this. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static int armed, all_fail;
static long allocations, fails_at;

static int fails(void) {
    long number;
    if (!READ(armed)) {
        return 0;
    }
    number = __atomic_add_fetch(&allocations, 1, __ATOMIC_SEQ_CST);
    if (number == fails_at || (all_fail && number > fails_at)) {
        errno = ENOMEM;
        return 1;
    }
    return 0;
}

void *malloc(size_t size) {
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    return fails() ? NULL : __libc_realloc(old, size);
}

int posix_memalign(void **place, size_t alignment, size_t size) {
    void *found = fails() ? NULL : __libc_memalign(alignment, size);
    if (found == NULL) {
        return ENOMEM;
    }
    *place = found;
    return 0;
}

void *aligned_alloc(size_t alignment, size_t size) {
    return fails() ? NULL : __libc_memalign(alignment, size);
}

void *mmap(void *wish, size_t length, int protection, int flags, int descriptor, off_t offset) {
    if (fails()) {
        return MAP_FAILED;
    }
    /* The kernel answers as mmap(2) does. */
    return (void *)syscall(SYS_mmap, wish, length, protection, flags, descriptor, offset);
}

void *mmap64(void *wish, size_t length, int protection, int flags, int descriptor, off_t offset) {
    return mmap(wish, length, protection, flags, descriptor, offset);
}

/* In memory that parent and children share. */
static long *needed;
static char request[256];
static const char *provider;

static int use(void) {
    uint32_t bridge;
    char *document;
    int32_t status = meetbridge_open(settings, &bridge);
    if (status == MEETBRIDGE_OK) {
        status = meetbridge_create_meeting(bridge, provider, ANNA, request, NULL, &document);
        meetbridge_close(bridge);
    }
    return status == MEETBRIDGE_OK ? 0 : FAILED;
}

/* The status as waitpid(2) tells it. */
static int in_child(int is_armed) {
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        int outcome;
        alarm(HELD_UP);
        WRITE(armed, is_armed);
        outcome = use();
        WRITE(armed, 0);
        *needed = allocations;
        if (outcome != 0 && !is_armed) {
            fprintf(stderr, "%s\n", meetbridge_last_error());
        }
        _exit(outcome);
    }
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

static void authorize_both(void) {
    uint32_t bridge;
    int status;
    pid_t child = fork();
    if (child == 0) {
        CHECK_OK(meetbridge_open(settings, &bridge));
        authorize(bridge, "zoom", ANNA);
        authorize(bridge, "webex", ANNA);
        CHECK_OK(meetbridge_close(bridge));
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void ask_for(const char *which, int number) {
    snprintf(request, sizeof request,
             "{\"topic\": \"%s-%d\", \"reference\": \"%s-%d\", \"start\": \"2030-03-01T09:00:00Z\","
             " \"duration_minutes\": 30}",
             which, number, which, number);
}

int main(int argc, char **argv) {
    int rounds, i, status, aborted = 0, failed = 0, survived = 0, entries = 0;
    long most[2];
    struct rlimit none = {0, 0};

    begin(argc, argv, 1);
    rounds = atoi(arguments[0]);
    CHECK(setrlimit(RLIMIT_CORE, &none) == 0);
    needed = mmap(NULL, sizeof *needed, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(needed != MAP_FAILED);
    authorize_both();
    for (i = 0; i < 2; i++) {
        /* Nothing fails yet, and it is counted. */
        provider = i == 0 ? "zoom" : "webex";
        ask_for("counted", entries++);
        tell_sandbox("POST", "expire", "{\"provider\": \"webex\"}");
        CHECK(in_child(1) == 0);
        most[i] = *needed;
        CHECK(most[i] > 100);
    }
    for (i = 0; i < rounds; i++) {
        int which = i % 2;
        provider = which == 0 ? "zoom" : "webex";
        all_fail = i / 2 % 2;
        /* Spread evenly, in no order. */
        fails_at = 1 + (i * 7919L * 7919) % most[which];
        ask_for("entry", entries++);
        /* Zoom ends the old token with the new one, so that who dies between takes it along. */
        tell_sandbox("POST", "expire", "{\"provider\": \"webex\"}");
        status = in_child(1);
        if (WIFSIGNALED(status)) {
            if (WTERMSIG(status) != SIGABRT) {
                fprintf(stderr, "allocation %ld: signal %d\n", fails_at, WTERMSIG(status));
            }
            CHECK(WTERMSIG(status) == SIGABRT);
            aborted++;
        } else if (WEXITSTATUS(status) == FAILED) {
            failed++;
        } else {
            CHECK(status == 0);
            survived++;
        }
        CHECK(in_child(0) == 0);
    }
    printf("entries=%d aborted=%d failed=%d survived=%d zoom=%ld webex=%ld\n", entries, aborted,
           failed, survived, most[0], most[1]);
    return 0;
}
