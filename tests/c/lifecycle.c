/*
 * Handles from open to close: lifecycle SETTINGS PORT ROUNDS
 *
 * Prints how long the rounds of opening and closing took.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support.h"

#define THREADS 8

struct api api = LINKED_LIBRARY;

static void handles_are_checked(void) {
    uint32_t first, second, handle;
    int bit;
    CHECK_OK(meetbridge_open(settings, &first));
    CHECK_OK(meetbridge_open(settings, &second));
    CHECK(first != 0 && second != 0 && first != second);
    CHECK(first < 0x80000000u && second < 0x80000000u);
    CHECK_OK(create(first, "zoom"));
    CHECK_OK(meetbridge_close(first));
    CHECK_STATUS(meetbridge_close(first), MEETBRIDGE_INVALID_HANDLE);
    CHECK_STATUS(create(first, "zoom"), MEETBRIDGE_INVALID_HANDLE);
    CHECK_OK(create(second, "zoom"));

    for (bit = 0; bit < 32; bit++) {
        handle = second ^ (1u << bit);
        CHECK_STATUS(meetbridge_close(handle), MEETBRIDGE_INVALID_HANDLE);
        CHECK_STATUS(create(handle, "zoom"), MEETBRIDGE_INVALID_HANDLE);
    }
    CHECK_STATUS(meetbridge_close(0), MEETBRIDGE_INVALID_HANDLE);
    CHECK_STATUS(meetbridge_close(UINT32_MAX), MEETBRIDGE_INVALID_HANDLE);
    CHECK_OK(create(second, "zoom"));
    CHECK_OK(meetbridge_close(second));

    /* The place of a closed handle may be taken again, its number may not. */
    CHECK_OK(meetbridge_open(settings, &handle));
    CHECK(handle != first && handle != second);
    CHECK_OK(meetbridge_close(handle));
}

static void the_environment_names_the_settings(void) {
    uint32_t handle = 7;
    unsetenv("MEETBRIDGE_SETTINGS");
    CHECK(meetbridge_open(NULL, &handle) != MEETBRIDGE_OK && handle == 0);
    setenv("MEETBRIDGE_SETTINGS", settings, 1);
    CHECK_OK(meetbridge_open(NULL, &handle));
    CHECK_OK(create(handle, "zoom"));
    CHECK_OK(meetbridge_close(handle));
}

static void opening_again_is_cheap(int rounds) {
    struct timespec begun, ended;
    uint32_t handle;
    int i, descriptors;
    CHECK_OK(meetbridge_open(settings, &handle));
    CHECK_OK(create(handle, "zoom"));
    CHECK_OK(meetbridge_close(handle));
    descriptors = count_descriptors();
    clock_gettime(CLOCK_MONOTONIC, &begun);
    for (i = 0; i < rounds; i++) {
        CHECK_OK(meetbridge_open(settings, &handle));
        CHECK_OK(meetbridge_close(handle));
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    CHECK(count_descriptors() == descriptors);
    printf("rounds=%d ms=%ld\n", rounds,
           (long)(ended.tv_sec - begun.tv_sec) * 1000 + (ended.tv_nsec - begun.tv_nsec) / 1000000);
}

/* Both a document with status 0 before the thread's first failure, and the thread's own after. */
static void *fail_otherwise(void *unused) {
    char *name;
    (void)unused;
    name = json_text(meetbridge_last_error(), "name");
    CHECK(name != NULL && strcmp(name, "OK") == 0);
    free(name);
    CHECK_STATUS(meetbridge_open("/nowhere/settings.json", &(uint32_t){0}),
                 MEETBRIDGE_INVALID_SETTINGS);
    CHECK(strstr(meetbridge_last_error(), "INVALID_SETTINGS") != NULL);
    return NULL;
}

static void every_thread_has_its_last_error(void) {
    const char *text;
    char *copy;
    CHECK_STATUS(meetbridge_close(0), MEETBRIDGE_INVALID_HANDLE);
    text = meetbridge_last_error();
    copy = strdup(text);
    CHECK(strstr(text, "\"INVALID_HANDLE\"") != NULL);
    join_thread(start_thread(SMALL_STACK, fail_otherwise, NULL));
    CHECK(meetbridge_last_error() == text && strcmp(text, copy) == 0);
    free(copy);
}

static uint32_t shared;
static int done[THREADS];
static int ended;

/* Calls until the bridge is closed. */
static void *call_on(void *number) {
    int *mine = &done[*(int *)number];
    for (;;) {
        int32_t status = create(shared, *(int *)number % 2 == 0 ? "zoom" : "webex");
        if (status == MEETBRIDGE_CLOSED || status == MEETBRIDGE_INVALID_HANDLE) {
            return NULL;
        }
        CHECK_OK(status);
        ADD(*mine);
    }
}

/* Closing while eight threads call. */
static void closing_ends_calls(void) {
    pthread_t threads[THREADS];
    int numbers[THREADS], i, zoom = 0, webex = 0;
    long zoom_before = answered("zoom.create_meeting", "201");
    long webex_before = answered("webex.create_meeting", "200");
    CHECK_OK(meetbridge_open(settings, &shared));
    for (i = 0; i < THREADS; i++) {
        numbers[i] = i;
        WRITE(done[i], 0);
        threads[i] = start_thread(SMALL_STACK, call_on, &numbers[i]);
    }
    for (i = 0; i < THREADS; i++) {
        while (READ(done[i]) == 0) {
            pause_briefly();
        }
    }
    CHECK_OK(meetbridge_close(shared));
    CHECK_STATUS(create(shared, "zoom"), MEETBRIDGE_INVALID_HANDLE);
    CHECK_STATUS(meetbridge_close(shared), MEETBRIDGE_INVALID_HANDLE);
    for (i = 0; i < THREADS; i++) {
        join_thread(threads[i]);
        *(i % 2 == 0 ? &zoom : &webex) += done[i];
    }
    /* Nobody was told of a meeting that is not there, and of none that is there was kept silent. */
    CHECK(answered("zoom.create_meeting", "201") - zoom_before == zoom);
    CHECK(answered("webex.create_meeting", "200") - webex_before == webex);
}

static void *call_once(void *unused) {
    int32_t status = create(shared, "zoom");
    (void)unused;
    CHECK(status == MEETBRIDGE_OK || status == MEETBRIDGE_CLOSED);
    ADD(ended);
    return NULL;
}

/* One thread renews, the others wait for it: they are not held up by what holds it up. */
static void closing_ends_waiting(void) {
    pthread_t threads[THREADS];
    long before = answered("zoom.refresh", "200"), sent = received("zoom.refresh");
    int i;
    CHECK_OK(meetbridge_open(settings, &shared));
    CHECK_OK(create(shared, "zoom"));
    tell_sandbox("POST", "faults",
                 "{\"route\": \"zoom.refresh\", \"kind\": \"delay\", \"ms\": 4000}");
    tell_sandbox("POST", "expire", "");
    for (i = 0; i < THREADS; i++) {
        threads[i] = start_thread(SMALL_STACK, call_once, NULL);
    }
    while (received("zoom.refresh") == sent) {
        pause_briefly();
    }
    CHECK_OK(meetbridge_close(shared));
    for (i = 0; i < THREADS; i++) {
        join_thread(threads[i]);
    }
    /* The answer was awaited, and is kept. */
    CHECK(answered("zoom.refresh", "200") == before + 1);
    CHECK_OK(meetbridge_open(settings, &shared));
    CHECK_OK(create(shared, "zoom"));
    CHECK_OK(meetbridge_close(shared));
    CHECK(received("zoom.refresh") == sent + 1);
}

int main(int argc, char **argv) {
    uint32_t bridge;

    begin(argc, argv, 1);
    tell_sandbox("PATCH", "settings", "{\"zoom_daily_limit\": null, \"webex_daily_limit\": null}");
    CHECK_OK(meetbridge_open(settings, &bridge));
    authorize(bridge, "zoom", ANNA);
    authorize(bridge, "webex", ANNA);
    CHECK_OK(meetbridge_close(bridge));

    handles_are_checked();
    the_environment_names_the_settings();
    every_thread_has_its_last_error();
    opening_again_is_cheap(atoi(arguments[0]));
    closing_ends_calls();
    closing_ends_waiting();
    return 0;
}
