/*
 * Definitions in an executable come before those in the libraries it loads. So whoever calls one of
 * these functions, in whichever library, is counted here first.
 */
#include "created.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>

#include "support.h"

int created_threads;
int created_tasks;

/* ISO C has no conversion from an object's address to a function's. */
static void find_next(const char *name, void *place) {
    void *found = dlsym(RTLD_NEXT, name);
    CHECK(found != NULL);
    memcpy(place, &found, sizeof found);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *),
                   void *argument) {
    int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    find_next("pthread_create", &next);
    ADD(created_threads);
    return next(thread, attributes, work, argument);
}

int clone(int (*work)(void *), void *stack, int flags, void *argument, ...) {
    int (*next)(int (*)(void *), void *, int, void *, ...);
    va_list rest;
    void *parent, *tls, *child;
    find_next("clone", &next);
    ADD(created_tasks);
    va_start(rest, argument);
    parent = va_arg(rest, void *);
    tls = va_arg(rest, void *);
    child = va_arg(rest, void *);
    va_end(rest);
    return next(work, stack, flags, argument, parent, tls, child);
}

long syscall(long number, ...) {
    long (*next)(long, ...);
    va_list rest;
    long a[6];
    int i;
    find_next("syscall", &next);
    if (number == SYS_clone || number == SYS_clone3) {
        ADD(created_tasks);
    }
    va_start(rest, number);
    for (i = 0; i < 6; i++) {
        a[i] = va_arg(rest, long);
    }
    va_end(rest);
    return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
