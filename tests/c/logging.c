/* The log callback: logging SETTINGS PORT SWAPS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define THREADS 8

struct api api = LINKED_LIBRARY;

static uint32_t bridge;
static int stop;

/* One installed callback's data. */
struct sink {
    int retired, lines;
};

static void write_line(void *user_data, int32_t level, const char *message) {
    struct sink *sink = user_data;
    CHECK(!READ(sink->retired));
    CHECK(level >= 1 && level <= 5 && strchr(message, '\n') == NULL);
    /* Others run now: what must not happen gets its chance. */
    pause_briefly();
    CHECK(!READ(sink->retired));
    ADD(sink->lines);
}

/* Every failure writes a line, without the network. */
static void *fail_on(void *unused) {
    (void)unused;
    while (!READ(stop)) {
        CHECK_STATUS(create(bridge, "zoom"), MEETBRIDGE_NOT_AUTHORIZED);
    }
    return NULL;
}

static void a_replaced_callback_is_never_called_again(int swaps) {
    struct sink *sinks = calloc((size_t)swaps + 1, sizeof *sinks);
    pthread_t threads[THREADS];
    int i;
    CHECK(sinks != NULL);
    CHECK_OK(meetbridge_set_log(write_line, &sinks[0], 5));
    for (i = 0; i < THREADS; i++) {
        threads[i] = start_thread(SMALL_STACK, fail_on, NULL);
    }
    for (i = 0; i < swaps; i++) {
        while (READ(sinks[i].lines) == 0) {
            pause_briefly();
        }
        CHECK_OK(meetbridge_set_log(write_line, &sinks[i + 1], 5));
        WRITE(sinks[i].retired, 1);
    }
    CHECK_OK(meetbridge_set_log(NULL, NULL, 0));
    WRITE(sinks[swaps].retired, 1);
    WRITE(stop, 1);
    for (i = 0; i < THREADS; i++) {
        join_thread(threads[i]);
    }
    free(sinks);
}

static void levels_are_kept_apart(void) {
    struct sink sink = {0, 0};
    CHECK_OK(meetbridge_set_log(write_line, &sink, 1));
    CHECK_STATUS(create(bridge, "zoom"), MEETBRIDGE_NOT_AUTHORIZED);
    CHECK(sink.lines == 0);
    CHECK_OK(meetbridge_set_log(write_line, &sink, 3));
    CHECK_STATUS(create(bridge, "zoom"), MEETBRIDGE_NOT_AUTHORIZED);
    CHECK(sink.lines > 0);
    CHECK_STATUS(meetbridge_set_log(write_line, &sink, 0), MEETBRIDGE_INVALID_ARGUMENT);
    CHECK_STATUS(meetbridge_set_log(write_line, &sink, 6), MEETBRIDGE_INVALID_ARGUMENT);
    CHECK_OK(meetbridge_set_log(NULL, NULL, 0));
}

static int calls_back;

/* Calls the library from inside; outputs are defined all the same. */
static void call_back(void *user_data, int32_t level, const char *message) {
    uint32_t handle = 7;
    char *text = (char *)&calls_back;
    (void)level;
    CHECK(user_data == &calls_back && strlen(message) > 0);
    CHECK_STATUS(meetbridge_open(settings, &handle), MEETBRIDGE_REENTRANT);
    CHECK(handle == 0);
    CHECK_STATUS(meetbridge_create_meeting(bridge, "zoom", ANNA, MEETING, NULL, &text),
                 MEETBRIDGE_REENTRANT);
    CHECK(text == NULL);
    text = (char *)&calls_back;
    CHECK_STATUS(meetbridge_list_meetings(bridge, "zoom", ANNA, NULL, NULL, &text),
                 MEETBRIDGE_REENTRANT);
    CHECK(text == NULL);
    CHECK_STATUS(meetbridge_reload(bridge, settings), MEETBRIDGE_REENTRANT);
    CHECK_STATUS(meetbridge_close(bridge), MEETBRIDGE_REENTRANT);
    CHECK_STATUS(meetbridge_set_log(NULL, NULL, 0), MEETBRIDGE_REENTRANT);
    CHECK(strstr(meetbridge_last_error(), "\"REENTRANT\"") != NULL);
    CHECK(strlen(meetbridge_version()) > 0);
    ADD(calls_back);
}

static void calls_from_inside_are_refused(void) {
    CHECK_OK(meetbridge_set_log(call_back, &calls_back, 5));
    CHECK_STATUS(create(bridge, "zoom"), MEETBRIDGE_NOT_AUTHORIZED);
    CHECK(calls_back > 0);
    CHECK(strstr(meetbridge_last_error(), "\"NOT_AUTHORIZED\"") != NULL);
    CHECK_OK(meetbridge_set_log(NULL, NULL, 0));
}

int main(int argc, char **argv) {
    begin(argc, argv, 1);
    CHECK_OK(meetbridge_open(settings, &bridge));
    a_replaced_callback_is_never_called_again(atoi(arguments[0]));
    levels_are_kept_apart();
    calls_from_inside_are_refused();
    CHECK_OK(meetbridge_close(bridge));
    return 0;
}
