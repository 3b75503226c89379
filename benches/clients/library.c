#include "library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

struct api api;

int64_t library_load(void) {
    char *path = path_of("libmeetbridge.so");
    int64_t began = now_ns();
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    int64_t took = now_ns() - began;
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
    }
    CHECK(library != NULL);
    /* POSIX lets dlsym give functions; ISO C has no cast for it. */
#define FIND(member, name)                                                                         \
    do {                                                                                           \
        *(void **)&api.member = dlsym(library, "meetbridge_" name);                                \
        CHECK(api.member != NULL);                                                                 \
    } while (0)
    FIND(open, "open");
    FIND(start, "start_authorization");
    FIND(complete, "complete_authorization");
    FIND(create, "create_meeting");
    FIND(maintain, "maintain");
    FIND(set_log, "set_log");
    FIND(string_free, "string_free");
    FIND(last_error, "last_error");
    return took;
}

void succeed(int32_t status, const char *what) {
    if (status != MEETBRIDGE_OK) {
        fprintf(stderr, "%s: %s\n", what, api.last_error());
        _exit(1);
    }
}

uint32_t library_open(void) {
    const char *name = getenv("SETTINGS");
    uint32_t bridge;
    succeed(api.open(path_of(name == NULL ? "settings.json" : name), &bridge), "open");
    return bridge;
}

void authorize(uint32_t bridge, const char *user) {
    char *url, *authorization, *state, callback[2048];
    succeed(api.start(bridge, "zoom", user, NULL, NULL, &url), "start");
    state = strstr(url, "state=");
    CHECK(state != NULL);
    snprintf(callback, sizeof callback, "code=bench&%.*s", (int)strcspn(state, "&"), state);
    succeed(api.complete(bridge, user, callback, NULL, &authorization), "complete");
    api.string_free(url);
    api.string_free(authorization);
}
