/*
 * The LotusScript door from C: buffers between pages that nobody may touch, NULL for every pointer,
 * leaked documents, forked children, callbacks and threads with small stacks:
 * lotusscript SETTINGS PORT THREADS EACH FORKS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

#define MOST_THREADS 64
/* As the header says. */
#define MOST_DOCUMENTS 4000
/* How deep arrays can be within a member: the object around it counts. */
#define DEEPEST 63

/* What a buffer is filled with beforehand. */
#define UNTOUCHED 0x5a

struct api api = LINKED_LIBRARY;

static int32_t bridge, shared;
static int each;
static pthread_barrier_t together;

/* Memory that ends where nobody may read or write, or begins there. */
struct guarded {
    char *mapping;
    size_t size;
    char *start;
};

static struct guarded guard(const void *bytes, size_t length, int at_the_end) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t usable = (length / page + 1) * page;
    struct guarded memory;
    memory.size = usable + 2 * page;
    memory.mapping = mmap(NULL, memory.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                          -1, 0);
    CHECK(memory.mapping != MAP_FAILED);
    memory.start = memory.mapping + page + (at_the_end ? usable - length : 0);
    if (bytes != NULL) {
        memcpy(memory.start, bytes, length);
    } else {
        memset(memory.start, UNTOUCHED, length);
    }
    CHECK(mprotect(memory.mapping, page, PROT_NONE) == 0);
    CHECK(mprotect(memory.mapping + page + usable, page, PROT_NONE) == 0);
    return memory;
}

static void release(struct guarded memory) {
    CHECK(munmap(memory.mapping, memory.size) == 0);
}

/* ASCII as UTF-16, to be freed. */
static uint16_t *wide(const char *text) {
    size_t i, length = strlen(text) + 1;
    uint16_t *units = malloc(length * sizeof *units);
    CHECK(units != NULL);
    for (i = 0; i < length; i++) {
        units[i] = (uint16_t)(unsigned char)text[i];
    }
    return units;
}

/* Writes text, with pointer and text next to a guard. */
static int32_t set_text(int32_t document, const char *pointer, const char *text) {
    uint16_t *units = wide(text);
    struct guarded p = guard(pointer, strlen(pointer) + 1, 1);
    struct guarded t = guard(units, (strlen(text) + 1) * sizeof *units, 1);
    int32_t status =
        meetbridge_ls_set_text(document, p.start, (const uint16_t *)(const void *)t.start);
    free(units);
    release(p);
    release(t);
    return status;
}

static int32_t set_json(int32_t document, const char *pointer, const char *json) {
    struct guarded p = guard(pointer, strlen(pointer) + 1, 1);
    struct guarded j = guard(json, strlen(json) + 1, 1);
    int32_t status = meetbridge_ls_set_json(document, p.start, j.start);
    release(p);
    release(j);
    return status;
}

static int untouched(struct guarded memory, size_t length) {
    size_t i = 0;
    while (i < length && memory.start[i] == UNTOUCHED) {
        i++;
    }
    return i == length;
}

/* Reads into buffers of this capacity on both sides of a page, as UTF-16 and as JSON. */
static void read_into(int32_t document, const char *pointer, int32_t capacity, int32_t units,
                      int32_t bytes) {
    int at_the_end;
    for (at_the_end = 0; at_the_end < 2; at_the_end++) {
        struct guarded text = guard(NULL, (size_t)capacity * sizeof(uint16_t), at_the_end);
        struct guarded json = guard(NULL, (size_t)capacity, at_the_end);
        struct guarded length = guard(NULL, sizeof(int32_t), at_the_end);
        int32_t *told = (int32_t *)(void *)length.start;
        int32_t status = meetbridge_ls_get_text(document, pointer,
                                                (uint16_t *)(void *)text.start, capacity, told);
        CHECK(*told == units);
        CHECK(status == (capacity < units ? MEETBRIDGE_BUFFER_TOO_SMALL : MEETBRIDGE_OK));
        CHECK(status == MEETBRIDGE_OK || untouched(text, (size_t)capacity * sizeof(uint16_t)));
        status = meetbridge_ls_get_json(document, pointer, json.start, capacity, told);
        CHECK(*told == bytes);
        CHECK(status == (capacity < bytes ? MEETBRIDGE_BUFFER_TOO_SMALL : MEETBRIDGE_OK));
        CHECK(status == MEETBRIDGE_OK || untouched(json, (size_t)capacity));
        release(text);
        release(json);
        release(length);
    }
}

static void buffers(void) {
    static const int32_t around[] = {0, 1, 4, 5, 6, 7, 8, 9, 33};
    /* "あ" and an emoji, which take three units of UTF-16 and twenty bytes of ASCII JSON. */
    static const uint16_t mixed[] = {0x3042, 0xd83d, 0xde00, 0};
    int32_t document, length;
    uint16_t back[4];
    char *agenda;
    size_t i;

    CHECK_OK(meetbridge_ls_new(&document));
    CHECK_OK(set_text(document, "/empty", ""));
    CHECK_OK(set_text(document, "/word", "agenda"));
    CHECK_OK(set_json(document, "/number", "-12.5"));
    for (i = 0; i < sizeof around / sizeof around[0]; i++) {
        read_into(document, "/absent", around[i], 0, 0);
        read_into(document, "/empty", around[i], 0, 2);
        read_into(document, "/word", around[i], 6, 8);
        read_into(document, "/number", around[i], 5, 5);
    }
    agenda = malloc(32001);
    CHECK(agenda != NULL);
    memset(agenda, 'x', 32000);
    agenda[32000] = '\0';
    CHECK_OK(set_text(document, "/long", agenda));
    for (length = 31999; length <= 32003; length++) {
        read_into(document, "/long", length, 32000, 32002);
    }
    free(agenda);
    CHECK_OK(meetbridge_ls_set_text(document, "/mixed", mixed));
    CHECK_OK(meetbridge_ls_get_text(document, "/mixed", back, 4, &length));
    CHECK(length == 3 && memcmp(back, mixed, sizeof mixed) == 0);
    for (length = 0; length < 22; length++) {
        read_into(document, "/mixed", length, 3, 20);
    }
    CHECK_OK(meetbridge_ls_free(document));
}

static void nulls(void) {
    static const uint16_t text[] = {'x', 0};
    int32_t document, out, refused = MEETBRIDGE_INVALID_ARGUMENT;
    uint16_t units[4];
    char bytes[4];

    CHECK(meetbridge_ls_version() == (int32_t)meetbridge_version_number());
    CHECK_STATUS(meetbridge_ls_new(NULL), refused);
    CHECK_STATUS(meetbridge_ls_open(settings, NULL), refused);
    out = 7;
    CHECK_STATUS(meetbridge_ls_open(NULL, &out), refused);
    CHECK(out == 0);
    CHECK_OK(meetbridge_ls_new(&document));
    CHECK_STATUS(meetbridge_ls_set_text(document, NULL, text), refused);
    CHECK_STATUS(meetbridge_ls_set_text(document, "/x", NULL), refused);
    CHECK_STATUS(meetbridge_ls_set_json(document, NULL, "1"), refused);
    CHECK_STATUS(meetbridge_ls_set_json(document, "/x", NULL), refused);
    CHECK_STATUS(meetbridge_ls_get_text(document, NULL, units, 4, &out), refused);
    CHECK_STATUS(meetbridge_ls_get_text(document, "/x", NULL, 4, &out), refused);
    CHECK_STATUS(meetbridge_ls_get_text(document, "/x", units, 4, NULL), refused);
    CHECK_STATUS(meetbridge_ls_get_text(document, "/x", units, -1, &out), refused);
    CHECK_OK(meetbridge_ls_get_text(document, "/x", NULL, 0, &out));
    CHECK_STATUS(meetbridge_ls_get_json(document, NULL, bytes, 4, &out), refused);
    CHECK_STATUS(meetbridge_ls_get_json(document, "/x", NULL, 4, &out), refused);
    CHECK_STATUS(meetbridge_ls_get_json(document, "/x", bytes, 4, NULL), refused);
    CHECK_STATUS(meetbridge_ls_get_json(document, "/x", bytes, INT32_MIN, &out), refused);
    CHECK_OK(meetbridge_ls_get_json(document, "/x", NULL, 0, &out));
    CHECK_STATUS(meetbridge_ls_count(document, NULL, &out), refused);
    CHECK_STATUS(meetbridge_ls_count(document, "/x", NULL), refused);
    CHECK_STATUS(meetbridge_ls_call(bridge, NULL, document, &out), refused);
    CHECK_STATUS(meetbridge_ls_call(bridge, "maintain", document, NULL), refused);
    CHECK_STATUS(meetbridge_ls_last_error(NULL), refused);
    CHECK_OK(meetbridge_ls_free(0));
    CHECK_OK(meetbridge_ls_free(document));
    CHECK_STATUS(meetbridge_ls_free(document), MEETBRIDGE_INVALID_HANDLE);
    out = 7;
    CHECK_STATUS(meetbridge_ls_call(bridge, "maintain", document, &out), MEETBRIDGE_INVALID_HANDLE);
    CHECK(out == 0);
}

/* One who never frees what he holds harms himself, and can read why. */
static void leaks(void) {
    static int32_t documents[MOST_DOCUMENTS];
    int32_t error, other, count, i;
    for (i = 0; i < MOST_DOCUMENTS; i++) {
        CHECK_OK(meetbridge_ls_new(&documents[i]));
        CHECK(documents[i] > 0);
    }
    CHECK_STATUS(meetbridge_ls_new(&other), MEETBRIDGE_INVALID_ARGUMENT);
    CHECK(other == 0);
    CHECK_OK(meetbridge_ls_last_error(&error));
    CHECK_OK(meetbridge_ls_count(error, "/remedy", &count));
    CHECK(count == 1);
    CHECK(strstr(meetbridge_last_error(), "meetbridge_ls_free") != NULL);
    /* Not even begun, since its answer would have no place. */
    CHECK_OK(set_text(documents[0], "/provider", "zoom"));
    CHECK_OK(set_text(documents[0], "/user", ANNA));
    CHECK_OK(set_json(documents[0], "/meeting", MEETING));
    i = (int32_t)received("zoom.create_meeting");
    CHECK_STATUS(meetbridge_ls_call(bridge, "create_meeting", documents[0], &other),
                 MEETBRIDGE_INVALID_ARGUMENT);
    CHECK(other == 0 && received("zoom.create_meeting") == i);
    CHECK_OK(meetbridge_ls_free(error));
    for (i = 0; i < MOST_DOCUMENTS; i++) {
        CHECK_OK(meetbridge_ls_free(documents[i]));
    }
    CHECK_OK(meetbridge_ls_new(&other));
    CHECK_OK(meetbridge_ls_free(other));
}

/* Documents stay with the process that made them; a forked child makes its own. */
static void forked(void) {
    int32_t document, own, count;
    int status;
    pid_t child;
    CHECK_OK(meetbridge_ls_new(&document));
    CHECK_OK(set_text(document, "/x", "parent"));
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        CHECK_STATUS(set_text(document, "/x", "child"), MEETBRIDGE_INVALID_HANDLE);
        CHECK_OK(meetbridge_ls_new(&own));
        CHECK_OK(set_text(own, "/x", "child"));
        CHECK_OK(meetbridge_ls_count(own, "/x", &count));
        CHECK(count == 1);
        CHECK_OK(meetbridge_ls_free(own));
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK_OK(meetbridge_ls_free(document));
}

static int told;

/* Calls back, which is refused and changes nothing. */
static void callback(void *user_data, int32_t level, const char *message) {
    static const uint16_t text[] = {'x', 0};
    int32_t document = *(int32_t *)user_data, out = 7, refused = MEETBRIDGE_REENTRANT;
    uint16_t units[4];
    char bytes[4];
    (void)level;
    (void)message;
    CHECK_STATUS(meetbridge_ls_new(&out), refused);
    CHECK(out == 0);
    CHECK_STATUS(meetbridge_ls_free(document), refused);
    CHECK_STATUS(meetbridge_ls_set_text(document, "/x", text), refused);
    CHECK_STATUS(meetbridge_ls_set_json(document, "/x", "1"), refused);
    CHECK_STATUS(meetbridge_ls_get_text(document, "", units, 4, &out), refused);
    CHECK_STATUS(meetbridge_ls_get_json(document, "", bytes, 4, &out), refused);
    CHECK_STATUS(meetbridge_ls_count(document, "", &out), refused);
    CHECK_STATUS(meetbridge_ls_call(bridge, "maintain", document, &out), refused);
    CHECK_STATUS(meetbridge_ls_last_error(&out), refused);
    CHECK_STATUS(meetbridge_ls_open(settings, &out), refused);
    CHECK_STATUS(meetbridge_ls_close(bridge), refused);
    ADD(told);
}

static void callbacks(void) {
    int32_t request, result, count;
    CHECK_OK(meetbridge_ls_new(&request));
    CHECK_OK(meetbridge_set_log(callback, &request, 5));
    CHECK_OK(meetbridge_ls_call(bridge, "diagnose", request, &result));
    CHECK_OK(meetbridge_set_log(NULL, NULL, 1));
    CHECK(READ(told) > 0);
    CHECK_OK(meetbridge_ls_count(request, "/x", &count));
    CHECK(count == -1);
    CHECK_OK(meetbridge_ls_free(request));
    CHECK_OK(meetbridge_ls_free(result));
}

/* An agent: makes meetings, reads their links, and writes to what all agents share. */
static void *work(void *unused) {
    char deep[2 * DEEPEST + 1];
    uint16_t link[200];
    int32_t request, result, length;
    int i;
    (void)unused;
    memset(deep, '[', DEEPEST);
    memset(deep + DEEPEST, ']', DEEPEST);
    deep[2 * DEEPEST] = '\0';
    pthread_barrier_wait(&together);
    for (i = 0; i < each; i++) {
        CHECK_OK(meetbridge_ls_new(&request));
        CHECK_OK(set_text(request, "/provider", "zoom"));
        CHECK_OK(set_text(request, "/user", ANNA));
        CHECK_OK(set_text(request, "/meeting/topic", "Weekly planning"));
        CHECK_OK(set_text(request, "/meeting/start", "2030-03-01T09:00:00Z"));
        CHECK_OK(set_json(request, "/meeting/duration_minutes", "30"));
        CHECK_OK(meetbridge_ls_call(bridge, "create_meeting", request, &result));
        CHECK_OK(meetbridge_ls_get_text(result, "/join_url", link, 200, &length));
        CHECK(length > 4 && link[0] == 'h' && link[length] == 0);
        CHECK_OK(meetbridge_ls_free(result));
        CHECK_STATUS(meetbridge_ls_call(bridge, "get_meeting", request, &result),
                     MEETBRIDGE_INVALID_ARGUMENT);
        CHECK(result == 0);
        CHECK_OK(meetbridge_ls_last_error(&result));
        CHECK_OK(meetbridge_ls_free(result));
        CHECK_OK(set_json(request, "/deep", deep));
        CHECK_STATUS(meetbridge_ls_get_json(request, "/deep", NULL, 0, &length),
                     MEETBRIDGE_BUFFER_TOO_SMALL);
        CHECK(length == 2 * DEEPEST);
        CHECK_OK(meetbridge_ls_free(request));
        CHECK_OK(meetbridge_ls_set_json(shared, "/links/-", "1"));
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t threads[MOST_THREADS];
    int32_t size, count, i;

    begin(argc, argv, 3);
    size = atoi(arguments[0]);
    each = atoi(arguments[1]);
    CHECK(size > 0 && size <= MOST_THREADS);
    CHECK_OK(meetbridge_ls_open(settings, &bridge));
    tell_sandbox("PATCH", "settings", "{\"zoom_daily_limit\": null}");
    authorize((uint32_t)bridge, "zoom", ANNA);

    buffers();
    nulls();
    leaks();
    for (i = atoi(arguments[2]); i > 0; i--) {
        forked();
    }
    callbacks();

    CHECK_OK(meetbridge_ls_new(&shared));
    CHECK(pthread_barrier_init(&together, NULL, (unsigned)size) == 0);
    for (i = 0; i < size; i++) {
        threads[i] = start_thread(SMALL_STACK, work, NULL);
    }
    for (i = 0; i < size; i++) {
        join_thread(threads[i]);
    }
    pthread_barrier_destroy(&together);
    CHECK_OK(meetbridge_ls_count(shared, "/links", &count));
    CHECK(count == size * each);
    CHECK_OK(meetbridge_ls_free(shared));
    wait_for_tasks(1);
    CHECK_OK(meetbridge_ls_close(bridge));
    CHECK_STATUS(meetbridge_ls_close(bridge), MEETBRIDGE_INVALID_HANDLE);
    return 0;
}
