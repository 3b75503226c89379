/* What is measured of the library alone: NAME FOLDER PORT MODE [ARGUMENT...], one line of JSON. */
#define _GNU_SOURCE
#include "common.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "library.h"

static uint32_t bridge;
static char *document;

/* How long creating a meeting takes. */
static int64_t create(const char *user) {
    char *meeting;
    int64_t began = now_ns();
    succeed(api.create(bridge, "zoom", user, document, NULL, &meeting), "create");
    int64_t took = now_ns() - began;
    api.string_free(meeting);
    return took;
}

static void prepare(void) {
    document = text_of("document.json");
    bridge = library_open();
}

/* authorize USER...: lets users consent. */
static void authorize_all(char **users) {
    prepare();
    for (; *users != NULL; users++) {
        authorize(bridge, *users);
    }
    printf("{}\n");
}

/* first USER: what a fresh process pays. */
static void first(const char *user, int64_t loading) {
    int64_t began = now_ns();
    prepare();
    int64_t opening = now_ns() - began;
    printf("{\"dlopen_us\": %.1f, \"open_us\": %.1f, \"first_us\": %.1f}\n", (double)loading / 1e3,
           (double)opening / 1e3, (double)create(user) / 1e3);
}

/* trips USER EXPIRED: the first call of a process, one with everything warm, and one for a user
 * whose token has expired. */
static void trips(const char *user, const char *expired) {
    prepare();
    int64_t cold = create(user), warm = create(user), late = create(expired);
    printf("{\"cold_ms\": %.2f, \"warm_ms\": %.2f, \"expired_ms\": %.2f}\n", (double)cold / 1e6,
           (double)warm / 1e6, (double)late / 1e6);
}

/* start USER: an address to send a browser to, in batches. */
static void start(const char *user) {
    enum { BATCHES = 101, CALLS = 200 };
    int64_t took[BATCHES];
    prepare();
    for (int batch = -20; batch < BATCHES; batch++) {
        int64_t began = now_ns();
        for (int call = 0; call < CALLS; call++) {
            char *url;
            succeed(api.start(bridge, "zoom", user, NULL, NULL, &url), "start");
            api.string_free(url);
        }
        if (batch >= 0) {
            took[batch] = now_ns() - began;
        }
    }
    qsort(took, BATCHES, sizeof *took, compare_ns);
    printf("{\"start_us\": %.3f}\n", (double)took[BATCHES / 2] / CALLS / 1e3);
}

struct visitor {
    pthread_t thread;
    int number, calls;
    char user[64];
};

static void *visit(void *argument) {
    struct visitor *visitor = argument;
    unsigned seed = (unsigned)visitor->number + 1;
    for (int call = 0; call < visitor->calls; call++) {
        usleep((useconds_t)(rand_r(&seed) % 50000));
        create(visitor->user);
    }
    return NULL;
}

/* pauses THREADS CALLS: people who come and go. */
static void pauses(int threads, int calls) {
    struct visitor *visitors = calloc((size_t)threads, sizeof *visitors);
    CHECK(visitors != NULL);
    prepare();
    for (int thread = 0; thread < threads; thread++) {
        struct visitor *visitor = &visitors[thread];
        visitor->number = thread;
        visitor->calls = (calls + threads - 1 - thread) / threads;
        snprintf(visitor->user, sizeof visitor->user, "user-%d@example.com", thread);
        CHECK(pthread_create(&visitor->thread, NULL, visit, visitor) == 0);
    }
    for (int thread = 0; thread < threads; thread++) {
        pthread_join(visitors[thread].thread, NULL);
    }
    printf("{\"threads_created\": %d}\n", threads_created() - threads);
}

#define MOST 256
/* When those who waited for somebody else's renewal had its token. */
static int64_t taken[MOST];
static int takers;
static int64_t renewed;
static const char *meeter;
static pthread_barrier_t together;

static void watch(void *data, int32_t level, const char *message) {
    static const char end[] = " renewed";
    size_t length = strlen(message);
    (void)data, (void)level;
    if (length < sizeof end || strcmp(message + length - (sizeof end - 1), end) != 0) {
        return;
    }
    if (strstr(message, "takes") == NULL) {
        __atomic_store_n(&renewed, now_ns(), __ATOMIC_SEQ_CST);
        return;
    }
    int place = __atomic_fetch_add(&takers, 1, __ATOMIC_SEQ_CST);
    CHECK(place < MOST);
    taken[place] = now_ns();
}

static void *meet(void *argument) {
    (void)argument;
    pthread_barrier_wait(&together);
    create(meeter);
    return NULL;
}

/* crowd USER THREADS: a round for each line that comes in. */
static void crowd(const char *user, int threads) {
    pthread_t workers[MOST];
    char line[16];
    CHECK(threads <= MOST);
    meeter = user;
    prepare();
    succeed(api.set_log(watch, NULL, 4), "set_log");
    printf("{\"ready\": true}\n");
    fflush(stdout);
    pthread_barrier_init(&together, NULL, (unsigned)threads);
    while (fgets(line, sizeof line, stdin) != NULL) {
        takers = 0;
        renewed = 0;
        for (int thread = 0; thread < threads; thread++) {
            CHECK(pthread_create(&workers[thread], NULL, meet, NULL) == 0);
        }
        for (int thread = 0; thread < threads; thread++) {
            pthread_join(workers[thread], NULL);
        }
        printf("{\"renewed_ns\": %lld, \"taken_ns\": [", (long long)renewed);
        for (int place = 0; place < takers; place++) {
            printf("%s%lld", place == 0 ? "" : ", ", (long long)taken[place]);
        }
        printf("]}\n");
        fflush(stdout);
    }
}

int main(int argc, char **argv) {
    CHECK(argc >= 4);
    folder = argv[1];
    port = atoi(argv[2]);
    const char *mode = argv[3];
    char **words = argv + 4;
    int count = argc - 4;
    int64_t loading = library_load();
    if (strcmp(mode, "authorize") == 0) {
        authorize_all(words);
    } else if (strcmp(mode, "first") == 0 && count == 1) {
        first(words[0], loading);
    } else if (strcmp(mode, "trips") == 0 && count == 2) {
        trips(words[0], words[1]);
    } else if (strcmp(mode, "start") == 0 && count == 1) {
        start(words[0]);
    } else if (strcmp(mode, "pauses") == 0 && count == 2) {
        pauses(atoi(words[0]), atoi(words[1]));
    } else if (strcmp(mode, "crowd") == 0 && count == 2) {
        crowd(words[0], atoi(words[1]));
    } else {
        CHECK(!"a known mode");
    }
    return 0;
}
