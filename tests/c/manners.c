/*
 * A host whose process is in an unusual state, and what the library leaves of that state:
 * manners SETTINGS PORT LIBRARY STATE
 *
 * STATE  "usual"; "umask 0" or "umask 0777"; "closed": no standard input, output and errors;
 *        "nowhere": in a folder that was deleted; "children ignored": SIGCHLD is; "locale": that of
 *        the environment
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "support.h"

/* Where the standard errors are kept while they are closed. */
#define KEPT 100
#define SIGNALS 65

extern char **environ;

struct api api;

/* What belongs to the host. */
struct state {
    struct sigaction actions[SIGNALS];
    sigset_t mask;
    mode_t umask;
    char folder[4096];
    char locale[256];
    struct rlimit descriptors, core;
    struct itimerval timer;
    int environment;
    char **environ;
};

static int count_variables(void) {
    int count = 0;
    while (environ[count] != NULL) {
        count++;
    }
    return count;
}

static void note(struct state *state) {
    int signal;
    memset(state, 0, sizeof *state);
    for (signal = 1; signal < SIGNALS; signal++) {
        /* glibc keeps two for itself. */
        if (sigaction(signal, NULL, &state->actions[signal]) != 0) {
            CHECK(signal == 32 || signal == 33);
        }
    }
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &state->mask) == 0);
    state->umask = umask(077);
    umask(state->umask);
    if (getcwd(state->folder, sizeof state->folder) == NULL) {
        strcpy(state->folder, "none");
    }
    strcpy(state->locale, setlocale(LC_ALL, NULL));
    CHECK(getrlimit(RLIMIT_NOFILE, &state->descriptors) == 0);
    CHECK(getrlimit(RLIMIT_CORE, &state->core) == 0);
    CHECK(getitimer(ITIMER_REAL, &state->timer) == 0);
    /* It runs. */
    state->timer.it_value.tv_sec = state->timer.it_value.tv_usec = 0;
    state->environment = count_variables();
    state->environ = environ;
}

/* The kernel knows 64 signals; what is behind them in a set means nothing. */
static int same_set(const sigset_t *one, const sigset_t *other) {
    int signal;
    for (signal = 1; signal < SIGNALS; signal++) {
        if (sigismember(one, signal) != sigismember(other, signal)) {
            return 0;
        }
    }
    return 1;
}

static void compare(const struct state *before, const struct state *after) {
    int signal;
    for (signal = 1; signal < SIGNALS; signal++) {
        const struct sigaction *one = &before->actions[signal], *other = &after->actions[signal];
        if (one->sa_handler != other->sa_handler || one->sa_flags != other->sa_flags ||
            !same_set(&one->sa_mask, &other->sa_mask)) {
            fprintf(stderr, "signal %d is handled otherwise\n", signal);
            exit(1);
        }
    }
    CHECK(same_set(&before->mask, &after->mask));
    CHECK(before->umask == after->umask);
    CHECK(strcmp(before->folder, after->folder) == 0);
    CHECK(strcmp(before->locale, after->locale) == 0);
    CHECK(memcmp(&before->descriptors, &after->descriptors, sizeof before->descriptors) == 0);
    CHECK(memcmp(&before->core, &after->core, sizeof before->core) == 0);
    CHECK(memcmp(&before->timer, &after->timer, sizeof before->timer) == 0);
    CHECK(before->environment == after->environment && before->environ == after->environ);
}

static void be_nowhere(void) {
    char folder[4096];
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/gone-XXXXXX", temporary != NULL ? temporary : "/tmp");
    CHECK(mkdtemp(folder) != NULL);
    CHECK(chdir(folder) == 0 && rmdir(folder) == 0);
    CHECK(getcwd(folder, sizeof folder) == NULL);
}

static void close_standard_descriptors(void) {
    CHECK(dup3(STDERR_FILENO, KEPT, O_CLOEXEC) == KEPT);
    close(0);
    close(1);
    close(2);
}

/* What a host prints without thinking must not get into one of the library's files or
 * connections, and what it opens in their place must not take one away. */
static void standard_descriptors_lead_nowhere(void) {
    struct stat found, null;
    int i;
    CHECK(stat("/dev/null", &null) == 0);
    for (i = 0; i < 3; i++) {
        if (fstat(i, &found) == 0) {
            CHECK(found.st_rdev == null.st_rdev);
        }
    }
}

static void *use_webex(void *bridge) {
    struct meeting made;
    CHECK_OK(create_entry(*(uint32_t *)bridge, "webex", ANNA, "entry", &made));
    return NULL;
}

static void use(void) {
    uint32_t bridge;
    struct meeting made;
    CHECK_OK(api.open(settings, &bridge));
    authorize(bridge, "zoom", ANNA);
    authorize(bridge, "webex", ANNA);
    CHECK_OK(create_entry(bridge, "zoom", ANNA, "entry", &made));
    tell_sandbox("POST", "expire", "");
    CHECK_OK(create_entry(bridge, "zoom", ANNA, "entry", &made));
    CHECK(made.existed);
    join_thread(start_thread(SMALL_STACK, use_webex, &bridge));
    CHECK_OK(api.close(bridge));
    /* What another process finds. */
    CHECK_OK(api.open(settings, &bridge));
    CHECK_OK(create_entry(bridge, "webex", ANNA, "entry", &made));
    CHECK(made.existed);
    CHECK_OK(api.close(bridge));
}

int main(int argc, char **argv) {
    struct state before, after;
    const char *state;
    void *library;

    begin(argc, argv, 2);
    state = arguments[1];
    /* A host's own choice, to be found again. */
    signal(SIGUSR1, SIG_IGN);
    if (strncmp(state, "umask ", 6) == 0) {
        umask((mode_t)strtol(state + 6, NULL, 8));
    } else if (strcmp(state, "nowhere") == 0) {
        be_nowhere();
    } else if (strcmp(state, "children ignored") == 0) {
        signal(SIGCHLD, SIG_IGN);
    } else if (strcmp(state, "locale") == 0) {
        const char *locale = setlocale(LC_ALL, "");
        CHECK(locale != NULL && strcmp(localeconv()->decimal_point, ",") == 0);
    } else if (strcmp(state, "closed") == 0) {
        close_standard_descriptors();
    }
    note(&before);
    library = load_library(arguments[0]);
    if (strncmp(state, "umask ", 6) == 0 && geteuid() == 0) {
        /* Whom permissions bind. */
        CHECK(setgid(65534) == 0 && setuid(65534) == 0);
    }
    use();
    note(&after);
    if (strcmp(state, "closed") == 0) {
        standard_descriptors_lead_nowhere();
        CHECK(dup2(KEPT, STDERR_FILENO) == STDERR_FILENO);
    }
    compare(&before, &after);
    CHECK(dlclose(library) == 0);
    note(&after);
    compare(&before, &after);
    return 0;
}
