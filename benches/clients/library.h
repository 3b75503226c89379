/* The library, as a host loads it: by dlopen(3) from the folder. */
#ifndef MEETBRIDGE_BENCHES_LIBRARY_H
#define MEETBRIDGE_BENCHES_LIBRARY_H

#include <stdint.h>

#include "meetbridge.h"

extern struct api {
    __typeof__(&meetbridge_open) open;
    __typeof__(&meetbridge_start_authorization) start;
    __typeof__(&meetbridge_complete_authorization) complete;
    __typeof__(&meetbridge_create_meeting) create;
    __typeof__(&meetbridge_maintain) maintain;
    __typeof__(&meetbridge_set_log) set_log;
    __typeof__(&meetbridge_string_free) string_free;
    __typeof__(&meetbridge_last_error) last_error;
} api;

/* How long dlopen took, in nanoseconds. */
int64_t library_load(void);

/* Opens the settings: the folder's file that the environment variable SETTINGS names. */
uint32_t library_open(void);

/* Ends the process with the library's own words if a call has failed. */
void succeed(int32_t status, const char *what);

/* Does what a host, a browser and a person do together. */
void authorize(uint32_t bridge, const char *user);

#endif
