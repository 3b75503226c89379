/*
 * What the C clients share: the threads, the clocks and the line of JSON that each ends with.
 *
 * A client is started as NAME FOLDER PORT THREADS WARMUP CALLS. The folder holds ca.pem, token,
 * request.json, document.json, settings.json and libmeetbridge.so; the provider listens on
 * 127.0.0.1:PORT. Each thread makes its share of WARMUP and then of CALLS calls; only the second
 * part is measured.
 */
#ifndef MEETBRIDGE_BENCHES_COMMON_H
#define MEETBRIDGE_BENCHES_COMMON_H

#include <stddef.h>
#include <stdint.h>

/* What a client defines: what all threads share, what a thread needs, and one call. */
void client_prepare(void);
void *client_open(int thread);
void client_call(void *state);

/* Where the work is. */
extern const char *folder;
extern int port;

/* Ends the process, saying where and why, if something is not as it must be. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail(#condition, __FILE__, __LINE__);                                                  \
    } while (0)
__attribute__((noreturn)) void fail(const char *what, const char *file, int line);

/* A path in the folder, and a whole file of it; both live as long as the process. */
char *path_of(const char *name);
char *text_of(const char *name);

/* Nanoseconds of a clock that all processes share. */
int64_t now_ns(void);
int compare_ns(const void *one, const void *two);

/* Threads that were created in this process since it began, by whomever. */
int threads_created(void);

int64_t rss_bytes(void);

#endif
