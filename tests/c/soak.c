/*
 * A host that works for a long time: soak SETTINGS PORT NAME THREADS USERS SEED
 *
 * Its threads ask for meetings of calendar entries, look at them and delete them, while it forks
 * children that do the same. Everything may fail for a while, and is asked for again until it is
 * done. Meanwhile it obeys the lines that it reads, and answers each with one:
 *
 *     reload                  takes the settings anew
 *     maintain                housekeeping; its report
 *     again PROVIDER USER     a user authorizes again; `revoke` before it: after a revocation
 *     end                     finishes what was begun, and prints the entries that have a meeting
 *
 * NAME is part of each reference.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support.h"

#define MOST_THREADS 64
/* So many entries each thread keeps; then the oldest goes. */
#define KEPT 12
/* In how many seconds all is done that anybody asks for, whatever fails. */
#define PATIENCE 120
/* The next line comes long before. */
#define LONGEST_SILENCE 400
#define STATUSES 600

struct api api = LINKED_LIBRARY;

struct entry {
    const char *provider;
    char user[40], reference[40], id[80];
};

/* A thread, or what forks. */
struct worker {
    pthread_t thread;
    unsigned number, random;
    long made;
    struct entry kept[KEPT + 1];
    int count;
};

static const char *const providers[] = {"zoom", "webex"};
static const char *name;
static unsigned users;
static uint32_t bridge;
static int stop;
/* What calls ended with, in memory that children share. */
static long *ended;
/* No fork while the settings are exchanged: a child keeps those that it was born with. */
static pthread_mutex_t forking = PTHREAD_MUTEX_INITIALIZER;

static unsigned draw(struct worker *me, unsigned below) {
    me->random ^= me->random << 13;
    me->random ^= me->random >> 17;
    me->random ^= me->random << 5;
    return me->random % below;
}

static void rest(struct worker *me, unsigned most_ms) {
    struct timespec pause = {0, 0};
    pause.tv_nsec = (long)draw(me, most_ms) * 1000000;
    nanosleep(&pause, NULL);
}

/* Whether to ask once more. What must never happen ends the soak. */
static int again(struct worker *me, const struct entry *entry, int32_t status, time_t began) {
    ADD(ended[status]);
    switch (status) {
    case MEETBRIDGE_OK:
        return 0;
    case MEETBRIDGE_NOT_AUTHORIZED: /* between `revoke` and its end */
    case MEETBRIDGE_PROVIDER_UNAVAILABLE:
    case MEETBRIDGE_PROVIDER_REJECTED:
    case MEETBRIDGE_RATE_LIMITED:
    case MEETBRIDGE_UNEXPECTED_ANSWER:
    case MEETBRIDGE_OUTCOME_UNKNOWN:
    case MEETBRIDGE_NETWORK:
    case MEETBRIDGE_TIMEOUT:
        break;
    default:
        fprintf(stderr, "%s %s of %s: %s\n", entry->provider, entry->reference, entry->user,
                api.last_error());
        _exit(1);
    }
    if (time(NULL) > began + PATIENCE) {
        fprintf(stderr, "%s %s of %s comes to no end: %s\n", entry->provider, entry->reference,
                entry->user, api.last_error());
        _exit(1);
    }
    rest(me, 100);
    return 1;
}

static void make(struct worker *me, uint32_t with, struct entry *entry, struct meeting *made) {
    time_t began = time(NULL);
    int32_t status;
    do {
        status = create_entry(with, entry->provider, entry->user, entry->reference, made);
    } while (again(me, entry, status, began));
}

static void new_entry(struct worker *me, struct entry *entry) {
    entry->provider = providers[draw(me, 2)];
    sprintf(entry->user, "user-%u@example.com", draw(me, users));
    sprintf(entry->reference, "%.8s-%u-%ld", name, me->number, me->made++);
}

/* The oldest goes, when there are enough. */
static void keep(struct worker *me, const struct entry *entry) {
    struct entry *oldest = &me->kept[0];
    time_t began = time(NULL);
    int32_t status;
    me->kept[me->count++] = *entry;
    if (me->count <= KEPT) {
        return;
    }
    do {
        status = meetbridge_delete_meeting(bridge, oldest->provider, oldest->user, oldest->id,
                                           "{\"ignore_missing\": true}");
    } while (again(me, oldest, status, began));
    memmove(oldest, oldest + 1, sizeof *oldest * (size_t)--me->count);
}

static void look(struct worker *me, const struct entry *entry) {
    time_t began = time(NULL);
    char *document;
    int32_t status;
    int is_list = draw(me, 2) == 0;
    do {
        status = is_list ? meetbridge_list_meetings(bridge, entry->provider, entry->user, NULL,
                                                    NULL, &document)
                         : meetbridge_get_meeting(bridge, entry->provider, entry->user, entry->id,
                                                  NULL, &document);
    } while (again(me, entry, status, began));
    meetbridge_string_free(document);
}

static void *work(void *worker) {
    struct worker *me = worker;
    while (!READ(stop)) {
        struct entry entry;
        struct meeting made, repeated;
        rest(me, 60);
        new_entry(me, &entry);
        make(me, bridge, &entry, &made);
        strcpy(entry.id, made.id);
        switch (draw(me, 4)) {
        case 0:
            make(me, bridge, &entry, &repeated);
            CHECK(repeated.existed && strcmp(repeated.id, entry.id) == 0);
            break;
        case 1:
            look(me, &entry);
            break;
        }
        keep(me, &entry);
    }
    return NULL;
}

/* A child makes the meeting of an entry, through what it inherits and through its own. */
static void be_child(struct worker *me, struct entry *entry) {
    struct meeting made;
    uint32_t own;
    alarm(PATIENCE + 30);
    if (draw(me, 2) == 0) {
        make(me, bridge, entry, &made);
    }
    CHECK_OK(meetbridge_open(settings, &own));
    make(me, own, entry, &made);
    CHECK_OK(meetbridge_close(own));
    _exit(0);
}

static void *fork_on(void *worker) {
    struct worker *me = worker;
    while (!READ(stop)) {
        struct entry entry;
        struct meeting made;
        pid_t child;
        int status;
        rest(me, 900);
        new_entry(me, &entry);
        pthread_mutex_lock(&forking);
        child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            be_child(me, &entry);
        }
        CHECK(waitpid(child, &status, 0) == child && status == 0);
        pthread_mutex_unlock(&forking);
        make(me, bridge, &entry, &made);
        CHECK(made.existed);
        strcpy(entry.id, made.id);
        keep(me, &entry);
    }
    return NULL;
}

/* What a person, a browser and the host do, until it is done. */
static void authorize_again(struct worker *me, const char *provider, const char *user) {
    time_t began = time(NULL);
    for (;;) {
        char wish[4096];
        char *url, *answer, *callback, *document;
        int32_t status;
        CHECK_OK(meetbridge_start_authorization(bridge, provider, user, NULL, NULL, &url));
        CHECK(snprintf(wish, sizeof wish, "{\"authorization_url\": \"%s\", \"user\": \"%s\"}", url,
                       user) < (int)sizeof wish);
        answer = sandbox("POST", "consent", wish);
        callback = json_text(answer, "location");
        status = meetbridge_complete_authorization(bridge, user, callback, NULL, &document);
        meetbridge_string_free(url);
        free(answer);
        free(callback);
        ADD(ended[status]);
        if (status == MEETBRIDGE_OK) {
            meetbridge_string_free(document);
            return;
        }
        if (time(NULL) > began + PATIENCE) {
            fprintf(stderr, "%s is not authorized: %s\n", user, api.last_error());
            _exit(1);
        }
        rest(me, 100);
    }
}

static void end_consent(struct worker *me, struct entry *entry) {
    time_t began = time(NULL);
    int32_t status;
    do {
        status = meetbridge_revoke_authorization(bridge, entry->provider, entry->user,
                                                 "{\"ignore_missing\": true}");
    } while (again(me, entry, status, began));
}

static void authorize_all(void) {
    unsigned i;
    uint32_t first;
    CHECK_OK(meetbridge_open(settings, &first));
    for (i = 0; i < 2 * users; i++) {
        char user[40];
        sprintf(user, "user-%u@example.com", i / 2);
        authorize(first, providers[i % 2], user);
    }
    CHECK_OK(meetbridge_close(first));
}

/* The first use of all is a child's. */
static void begin_in_child(void) {
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        authorize_all();
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void answer(const char *word) {
    printf("%s\n", word);
    fflush(stdout);
}

static void obey(struct worker *me, char *line) {
    struct entry entry;
    char *report;
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(line, "reload") == 0) {
        pthread_mutex_lock(&forking);
        CHECK_OK(meetbridge_reload(bridge, settings));
        pthread_mutex_unlock(&forking);
        answer("reloaded");
    } else if (strcmp(line, "maintain") == 0) {
        CHECK_OK(meetbridge_maintain(bridge, "{\"budget_ms\": 2000}", &report));
        answer(report);
        meetbridge_string_free(report);
    } else {
        char how[16], provider[16];
        CHECK(sscanf(line, "%15s %15s %39s", how, provider, entry.user) == 3);
        entry.provider = providers[strcmp(provider, "webex") == 0];
        strcpy(entry.reference, "none");
        if (strcmp(how, "revoke") == 0) {
            end_consent(me, &entry);
        } else {
            CHECK(strcmp(how, "again") == 0);
        }
        authorize_again(me, entry.provider, entry.user);
        answer("authorized");
    }
}

/* Each user still has what he has authorized. */
static void all_are_authorized(void) {
    unsigned i;
    for (i = 0; i < 2 * users; i++) {
        struct entry entry;
        struct meeting made;
        entry.provider = providers[i % 2];
        sprintf(entry.user, "user-%u@example.com", i / 2);
        sprintf(entry.reference, "%.8s-last-%u", name, i);
        CHECK_OK(create_entry(bridge, entry.provider, entry.user, entry.reference, &made));
        CHECK_OK(meetbridge_delete_meeting(bridge, entry.provider, entry.user, made.id, NULL));
    }
}

static void tell(const struct worker *workers, unsigned count) {
    unsigned i;
    int k;
    for (i = 0; i < STATUSES; i++) {
        if (ended[i] > 0) {
            printf("ended %s %ld\n", meetbridge_status_name((int32_t)i), ended[i]);
        }
    }
    for (i = 0; i < count; i++) {
        for (k = 0; k < workers[i].count; k++) {
            const struct entry *entry = &workers[i].kept[k];
            printf("entry %s %s %s %s\n", entry->provider, entry->user, entry->reference,
                   entry->id);
        }
    }
}

int main(int argc, char **argv) {
    static struct worker workers[MOST_THREADS + 2];
    unsigned i, threads;
    char line[80];
    struct worker *me;

    begin(argc, argv, 4);
    name = arguments[0];
    threads = (unsigned)atoi(arguments[1]);
    users = (unsigned)atoi(arguments[2]);
    CHECK(threads > 0 && threads <= MOST_THREADS);
    ended = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(ended != MAP_FAILED);
    if (strcmp(name, "first") == 0) {
        begin_in_child();
    }
    CHECK_OK(meetbridge_open(settings, &bridge));
    for (i = 0; i < threads + 2; i++) {
        workers[i].number = i;
        workers[i].random = (unsigned)atoi(arguments[3]) * 64 + i + 1;
    }
    for (i = 0; i < threads; i++) {
        workers[i].thread = start_thread(SMALL_STACK, work, &workers[i]);
    }
    workers[threads].thread = start_thread(SMALL_STACK, fork_on, &workers[threads]);
    me = &workers[threads + 1];
    answer("ready");
    while (fgets(line, sizeof line, stdin) != NULL && strcmp(line, "end\n") != 0) {
        alarm(LONGEST_SILENCE);
        obey(me, line);
    }
    WRITE(stop, 1);
    for (i = 0; i <= threads; i++) {
        join_thread(workers[i].thread);
    }
    all_are_authorized();
    tell(workers, threads + 1);
    CHECK_OK(meetbridge_close(bridge));
    return 0;
}
