/*
 * No descriptor is left, or a few: scarce SETTINGS PORT MOST
 *
 * First settings are exchanged, which must not take any. Then, for each number of free descriptors
 * up to MOST, two entries are asked for through a bridge that is opened anew, and one through a
 * bridge that was open before. All of them are asked for again when there are descriptors. Prints
 * how many meetings were made, and how many calls failed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support.h"

#define LIMIT 256

struct api api = LINKED_LIBRARY;

static int entries, failures;

static void limit_descriptors(void) {
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = LIMIT;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* Takes all descriptors but a few. */
static int take(int *taken, int but) {
    int count = 0, number;
    while ((number = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) {
        taken[count++] = number;
    }
    for (; but > 0 && count > 0; but--) {
        close(taken[--count]);
    }
    return count;
}

static void give_back(const int *taken, int count) {
    while (count > 0) {
        close(taken[--count]);
    }
}

/* The settings with another deadline, so that nothing is shared with an open bridge. */
static char *changed(int seconds) {
    static const char member[] = "\"timeout_seconds\":";
    static char text[16 * 1024];
    char *found, *changed = malloc(sizeof text + 16);
    FILE *file = fopen(settings, "r");
    size_t length;
    CHECK(changed != NULL && file != NULL);
    length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    found = strstr(text, member);
    CHECK(found != NULL);
    found += sizeof member - 1;
    sprintf(changed, "%.*s%d%s", (int)(found - text), text, seconds,
            found + strspn(found, "0123456789"));
    return changed;
}

/* What a call may end with while there are no descriptors. */
static int is_good(int32_t status) {
    if (status == MEETBRIDGE_OK) {
        return 1;
    }
    failures++;
    if (status == MEETBRIDGE_STORE_UNAVAILABLE || status == MEETBRIDGE_NETWORK ||
        status == MEETBRIDGE_INVALID_SETTINGS) {
        return 1;
    }
    fprintf(stderr, "%s\n", api.last_error());
    return 0;
}

static void ask(uint32_t bridge, const char *provider, int round, const char *which, int must) {
    char reference[40];
    struct meeting made;
    int32_t status;
    sprintf(reference, "%s-%d-%s", provider, round, which);
    status = create_entry(bridge, provider, ANNA, reference, &made);
    if (must) {
        CHECK_OK(status);
        entries++;
    } else {
        CHECK(is_good(status));
    }
}

/* What other settings have taken the place of is not kept. */
static void exchange_settings(uint32_t bridge) {
    int i, before = 0;
    for (i = 0; i < 12; i++) {
        char *text = changed(60 + i);
        CHECK_OK(meetbridge_reload(bridge, text));
        free(text);
        CHECK_OK(create(bridge, "zoom"));
        entries++;
        if (i == 1) {
            before = count_descriptors();
        }
    }
    CHECK(count_descriptors() <= before);
}

int main(int argc, char **argv) {
    int taken[LIMIT], round, count, most;
    uint32_t open_before, own;
    int32_t status;
    char *text;

    begin(argc, argv, 1);
    most = atoi(arguments[0]);
    limit_descriptors();
    CHECK_OK(api.open(settings, &open_before));
    authorize(open_before, "zoom", ANNA);
    authorize(open_before, "webex", ANNA);
    exchange_settings(open_before);
    for (round = 0; round <= most; round++) {
        int before = count_descriptors();
        tell_sandbox("POST", "expire", "");
        text = changed(20 + round);
        count = take(taken, round);
        ask(open_before, "zoom", round, "known", 0);
        status = api.open(text, &own);
        CHECK(is_good(status));
        if (status == MEETBRIDGE_OK) {
            ask(own, "zoom", round, "own", 0);
            ask(own, "webex", round, "own", 0);
        }
        give_back(taken, count);
        if (status != MEETBRIDGE_OK) {
            CHECK_OK(api.open(text, &own));
        }
        ask(open_before, "zoom", round, "known", 1);
        ask(own, "zoom", round, "own", 1);
        ask(own, "webex", round, "own", 1);
        CHECK_OK(api.close(own));
        free(text);
        /* The bridge that was closed is kept warm. */
        CHECK(count_descriptors() < before + 16);
    }
    CHECK_OK(api.close(open_before));
    printf("entries=%d failures=%d\n", entries, failures);
    return 0;
}
