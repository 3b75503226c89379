/*
 * The machine's clock is set forth and back while the library is used: clock SETTINGS PORT
 *
 * The provider's clock is right. Prints how many entries have a meeting.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "support.h"

#define THREADS 4
#define HOUR 3600L
#define TEN_YEARS (3653L * 24 * HOUR)
/* Far longer than any call here takes, far shorter than what a jump would make of it. */
#define SOON 20

struct api api = LINKED_LIBRARY;

static const char *const providers[] = {"zoom", "webex"};
static long ahead;
static uint32_t bridge;
static int entries;

/* What the library asks for the time is these. */
int clock_gettime(clockid_t clock, struct timespec *now) {
    int outcome = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
        now->tv_sec += READ(ahead);
    }
    return outcome;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *place) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (place != NULL) {
        *place = exact.tv_sec;
    }
    return exact.tv_sec;
}

static long monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static long renewals(void) {
    return received("zoom.refresh") + received("webex.refresh");
}

static void use(const char *provider) {
    char *page;
    CHECK_OK(meetbridge_list_meetings(bridge, provider, ANNA, NULL, NULL, &page));
    meetbridge_string_free(page);
}

static void use_both(void) {
    int i;
    for (i = 0; i < 6; i++) {
        use(providers[i % 2]);
    }
}

static void maintain(void) {
    char *report;
    CHECK_OK(meetbridge_maintain(bridge, NULL, &report));
    meetbridge_string_free(report);
}

/* Each authorization is renewed once at most, whatever the clock makes of its token's end, and once
 * when its end has really come. */
static void jump(long to) {
    long before = renewals();
    WRITE(ahead, to);
    use_both();
    CHECK(renewals() - before <= 2);
    tell_sandbox("POST", "expire", "");
    use_both();
    CHECK(renewals() - before <= 4);
    maintain();
    before = renewals();
    maintain();
    use_both();
    CHECK(renewals() == before);
}

static void ask(const char *which) {
    char reference[40];
    int i;
    for (i = 0; i < 2; i++) {
        struct meeting made;
        sprintf(reference, "%s-%s", providers[i], which);
        CHECK_OK(create_entry(bridge, providers[i], ANNA, reference, &made));
        entries += !made.existed;
    }
}

static void *wait_for_renewal(void *provider) {
    use(provider);
    return NULL;
}

/* Who waits for a lock, for an answer or for the next try waits no longer than he meant to. */
static void jump_meanwhile(long to) {
    pthread_t threads[THREADS];
    long before = received("zoom.refresh"), began = monotonic();
    int i;
    tell_sandbox("POST", "expire", "");
    tell_sandbox("POST", "faults",
                 "[{\"route\": \"zoom.refresh\", \"kind\": \"delay\", \"ms\": 1000},"
                 " {\"route\": \"zoom.list_meetings\", \"kind\": \"status\", \"code\": 503}]");
    for (i = 0; i < THREADS; i++) {
        threads[i] = start_thread(SMALL_STACK, wait_for_renewal, "zoom");
    }
    while (received("zoom.refresh") == before) {
        pause_briefly();
    }
    WRITE(ahead, to);
    for (i = 0; i < THREADS; i++) {
        join_thread(threads[i]);
    }
    CHECK(monotonic() - began < SOON);
    CHECK(received("zoom.refresh") == before + 1);
}

/* A browser comes back within ten minutes, or what the clock takes for them. */
static void jump_during_consent(void) {
    char wish[4096];
    char *url, *answer, *callback, *document;
    CHECK_OK(meetbridge_start_authorization(bridge, "zoom", ANNA, NULL, NULL, &url));
    CHECK(snprintf(wish, sizeof wish, "{\"authorization_url\": \"%s\", \"user\": \"%s\"}", url,
                   ANNA) < (int)sizeof wish);
    answer = sandbox("POST", "consent", wish);
    callback = json_text(answer, "location");
    WRITE(ahead, HOUR);
    CHECK_STATUS(meetbridge_complete_authorization(bridge, ANNA, callback, NULL, &document),
                 MEETBRIDGE_STATE_EXPIRED);
    WRITE(ahead, 0);
    CHECK_OK(meetbridge_complete_authorization(bridge, ANNA, callback, NULL, &document));
    meetbridge_string_free(document);
    meetbridge_string_free(url);
    free(answer);
    free(callback);
}

int main(int argc, char **argv) {
    static const long jumps[] = {HOUR, 0, -HOUR, 0, TEN_YEARS, 0, -TEN_YEARS, TEN_YEARS, 0};
    int i;

    begin(argc, argv, 0);
    CHECK_OK(meetbridge_open(settings, &bridge));
    authorize(bridge, "zoom", ANNA);
    authorize(bridge, "webex", ANNA);
    ask("first");
    for (i = 0; i < (int)(sizeof jumps / sizeof *jumps); i++) {
        jump(jumps[i]);
        if (labs(jumps[i]) <= HOUR) {
            char which[20];
            sprintf(which, "jump-%d", i);
            ask(which);
            ask(which);
        }
    }
    for (i = 0; i < 2; i++) {
        jump_meanwhile(TEN_YEARS);
        jump_meanwhile(-TEN_YEARS);
        jump_meanwhile(0);
    }
    jump_during_consent();
    ask("last");
    CHECK_OK(meetbridge_close(bridge));
    printf("entries=%d\n", entries);
    return 0;
}
