/*
 * What the harnesses share: the library's functions, checks, the sandbox's control interface,
 * threads and what /proc tells of the process.
 *
 * Every harness is started as NAME SETTINGS PORT [...]: the path of a settings file, and the port
 * of a sandbox on 127.0.0.1.
 */
#ifndef MEETBRIDGE_TESTS_SUPPORT_H
#define MEETBRIDGE_TESTS_SUPPORT_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "meetbridge.h"

/* The smallest stack on which a host may call. */
#define SMALL_STACK ((size_t)256 * 1024)

#define ANNA "anna@example.com"

/* A meeting that every provider can make. */
#define MEETING                                                                                    \
    "{\"topic\": \"Weekly planning\", \"start\": \"2030-03-01T09:00:00\","                        \
    " \"time_zone\": \"Europe/Copenhagen\", \"duration_minutes\": 30}"

/* The functions that the helpers call, whether they were linked or found by dlsym(3). */
struct api {
    int32_t (*open)(const char *, uint32_t *);
    int32_t (*close)(uint32_t);
    int32_t (*start)(uint32_t, const char *, const char *, const char *, const char *, char **);
    int32_t (*complete)(uint32_t, const char *, const char *, const char *, char **);
    int32_t (*create)(uint32_t, const char *, const char *, const char *, const char *, char **);
    void (*string_free)(char *);
    const char *(*last_error)(void);
    const char *(*status_name)(int32_t);
};

/* Every harness defines it. */
extern struct api api;

#define LINKED_LIBRARY                                                                             \
    {meetbridge_open,           meetbridge_close,       meetbridge_start_authorization,           \
     meetbridge_complete_authorization, meetbridge_create_meeting, meetbridge_string_free,        \
     meetbridge_last_error,     meetbridge_status_name}

/* End the process, saying where and why, if something is not as it must be. */
#define CHECK(condition) check((condition) != 0, #condition, __FILE__, __LINE__)
#define CHECK_STATUS(call, wanted) check_status((call), (wanted), #call, __FILE__, __LINE__)
#define CHECK_OK(call) CHECK_STATUS(call, MEETBRIDGE_OK)
void check(int good, const char *what, const char *file, int line);
void check_status(int32_t status, int32_t wanted, const char *what, const char *file, int line);

/* Takes the arguments, and sees to it that a harness that hangs ends. */
void begin(int argc, char **argv, int count);
/* The path of the settings. */
extern const char *settings;
/* The arguments after SETTINGS PORT. */
extern char **arguments;

/* Sends a request to the sandbox's control interface and gives the answer's body, to be freed. */
char *sandbox(const char *method, const char *path, const char *body);
/* The same for those who do not want the answer. */
void tell_sandbox(const char *method, const char *path, const char *body);
/* Requests of a route that the sandbox has received. */
long received(const char *route);
/* Requests of a route that the sandbox has answered with a status. */
long answered(const char *route, const char *status);

/* A text member of a document, to be freed; NULL if it is not there. */
char *json_text(const char *document, const char *member);

/* Loads the library by hand and finds the functions above in it; to be closed by dlclose(3). */
void *load_library(const char *path);

/* Does what a host, a browser and a person do together. */
void authorize(uint32_t bridge, const char *provider, const char *user);
/* Creates a meeting and checks its document. */
int32_t create(uint32_t bridge, const char *provider);
/* What became of a calendar entry. */
struct meeting {
    char id[80];
    int existed;
};
/* Asks for the meeting of an entry: its reference is part of its topic too. */
int32_t create_entry(uint32_t bridge, const char *provider, const char *user, const char *reference,
                     struct meeting *made);

/* A stack of 0 bytes is the system's default. */
pthread_t start_thread(size_t stack, void *(*work)(void *), void *argument);
void join_thread(pthread_t thread);

/* Threads of this process, as the kernel counts them. */
int count_tasks(void);
int count_descriptors(void);
/* Kilobytes of this process that are in memory. */
long resident(void);
/* Waits until the kernel has forgotten threads that were joined. */
void wait_for_tasks(int wanted);
/* Lets others run before a condition is looked at again. */
void pause_briefly(void);

/* Counters that threads, and processes that share their memory, change at once. */
#define ADD(counter) ((void)__atomic_add_fetch(&(counter), 1, __ATOMIC_SEQ_CST))
#define READ(counter) __atomic_load_n(&(counter), __ATOMIC_SEQ_CST)
#define WRITE(counter, value) __atomic_store_n(&(counter), (value), __ATOMIC_SEQ_CST)

#endif
