#define _GNU_SOURCE
#include "common.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

const char *folder;
int port;

void fail(const char *what, const char *file, int line) {
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    /* Other threads may still be running, so nothing is cleaned up. */
    _exit(1);
}

char *path_of(const char *name) {
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    CHECK(path != NULL);
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

char *text_of(const char *name) {
    char *text = malloc(65536);
    FILE *file = fopen(path_of(name), "rb");
    CHECK(text != NULL && file != NULL);
    size_t length = fread(text, 1, 65535, file);
    CHECK(length > 0 && length < 65535);
    fclose(file);
    text[length] = '\0';
    return text;
}

int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int compare_ns(const void *one, const void *two) {
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)two;
    return (a > b) - (a < b);
}

/* A look at /proc would miss threads that live shortly, so creation itself is counted: libraries
 * find this function before that of libc. */
static int created;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *),
                   void *argument) {
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
        (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(
            RTLD_NEXT, "pthread_create");
    __atomic_add_fetch(&created, 1, __ATOMIC_SEQ_CST);
    return real(thread, attributes, work, argument);
}

int threads_created(void) { return __atomic_load_n(&created, __ATOMIC_SEQ_CST); }

int64_t rss_bytes(void) {
    long total, resident;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%ld %ld", &total, &resident) == 2);
    fclose(file);
    return (int64_t)resident * sysconf(_SC_PAGESIZE);
}
