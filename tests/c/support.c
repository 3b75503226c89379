#include "support.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Far longer than any harness takes, valgrind included. */
#define LONGEST_RUN 600

const char *settings;
char **arguments;
static unsigned short port;

void check(int good, const char *what, const char *file, int line) {
    if (!good) {
        const char *error = api.last_error != NULL ? api.last_error() : "none";
        fprintf(stderr, "%s:%d: not so: %s\nlast error: %s\n", file, line, what, error);
        /* Other threads may still be running, so nothing is cleaned up. */
        _exit(1);
    }
}

void check_status(int32_t status, int32_t wanted, const char *what, const char *file, int line) {
    if (status != wanted) {
        fprintf(stderr, "%s:%d: %s gave %s instead of %s\nlast error: %s\n", file, line, what,
                api.status_name(status), api.status_name(wanted), api.last_error());
        _exit(1);
    }
}

void begin(int argc, char **argv, int count) {
    if (argc != 3 + count) {
        fprintf(stderr, "%s: wrong number of arguments\n", argv[0]);
        exit(2);
    }
    alarm(LONGEST_RUN);
    settings = argv[1];
    port = (unsigned short)atoi(argv[2]);
    arguments = argv + 3;
}

/* The whole answer to a whole request on a connection of its own. */
static char *exchange(const char *request, size_t length) {
    struct sockaddr_in address;
    size_t size = 4096, got = 0;
    char *answer = malloc(size);
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(answer != NULL);
    CHECK(connect(connection, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(write(connection, request, length) == (ssize_t)length);
    for (;;) {
        ssize_t more = read(connection, answer + got, size - 1 - got);
        CHECK(more >= 0);
        if (more == 0) {
            break;
        }
        got += (size_t)more;
        if (got == size - 1) {
            size *= 2;
            answer = realloc(answer, size);
            CHECK(answer != NULL);
        }
    }
    close(connection);
    answer[got] = '\0';
    return answer;
}

char *sandbox(const char *method, const char *path, const char *body) {
    static const char head[] = "%s /_sandbox/%s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                               "Content-Type: application/json\r\nContent-Length: %zu\r\n"
                               "Connection: close\r\n\r\n%s";
    size_t size = sizeof head + strlen(method) + strlen(path) + strlen(body) + 32;
    char *request = malloc(size), *answer, *start;
    CHECK(request != NULL);
    snprintf(request, size, head, method, path, strlen(body), body);
    answer = exchange(request, strlen(request));
    free(request);
    if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0) {
        fprintf(stderr, "%s %s: %s\n", method, path, answer);
    }
    CHECK(strncmp(answer, "HTTP/1.1 200 ", 13) == 0);
    start = strstr(answer, "\r\n\r\n");
    CHECK(start != NULL);
    memmove(answer, start + 4, strlen(start + 4) + 1);
    return answer;
}

void tell_sandbox(const char *method, const char *path, const char *body) {
    free(sandbox(method, path, body));
}

/* Where the value of the first member of this name begins, or NULL. */
static const char *json_member(const char *document, const char *member) {
    char key[80];
    const char *value;
    CHECK(snprintf(key, sizeof key, "\"%s\"", member) < (int)sizeof key);
    value = document == NULL ? NULL : strstr(document, key);
    if (value != NULL) {
        value += strlen(key);
        value += strspn(value, " \n:");
    }
    return value;
}

long received(const char *route) {
    char *statistics = sandbox("GET", "statistics", "");
    const char *count = json_member(json_member(statistics, "received"), route);
    long number = count == NULL ? 0 : strtol(count, NULL, 10);
    free(statistics);
    return number;
}

long answered(const char *route, const char *status) {
    char *statistics = sandbox("GET", "statistics", "");
    const char *route_at = json_member(json_member(statistics, "answered"), route);
    const char *count = json_member(route_at, status);
    long number = 0;
    /* Only if it belongs to this route. */
    if (count != NULL && count < route_at + strcspn(route_at, "}")) {
        number = strtol(count, NULL, 10);
    }
    free(statistics);
    return number;
}

char *json_text(const char *document, const char *member) {
    const char *value = json_member(document, member);
    char *text, *end;
    if (value == NULL || *value != '"') {
        return NULL;
    }
    text = end = malloc(strlen(value));
    CHECK(text != NULL);
    for (value++; *value != '"'; value++) {
        if (*value == '\\') {
            value++;
            /* Other escapes do not occur in what the harnesses read. */
            CHECK(*value == '"' || *value == '\\' || *value == '/');
        }
        CHECK(*value != '\0');
        *end++ = *value;
    }
    *end = '\0';
    return text;
}

/* ISO C has no conversion from an object's address to a function's. */
static void find(void *library, const char *name, void *place) {
    void *found = dlsym(library, name);
    CHECK(found != NULL);
    memcpy(place, &found, sizeof found);
}

void *load_library(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
    }
    memset(&api, 0, sizeof api);
    CHECK(library != NULL);
    find(library, "meetbridge_open", &api.open);
    find(library, "meetbridge_close", &api.close);
    find(library, "meetbridge_start_authorization", &api.start);
    find(library, "meetbridge_complete_authorization", &api.complete);
    find(library, "meetbridge_create_meeting", &api.create);
    find(library, "meetbridge_string_free", &api.string_free);
    find(library, "meetbridge_status_name", &api.status_name);
    find(library, "meetbridge_last_error", &api.last_error);
    return library;
}

void authorize(uint32_t bridge, const char *provider, const char *user) {
    char wish[4096];
    char *url, *answer, *callback, *authorization, *state;
    CHECK_OK(api.start(bridge, provider, user, NULL, NULL, &url));
    CHECK(snprintf(wish, sizeof wish, "{\"authorization_url\": \"%s\", \"user\": \"%s\"}", url,
                   user) < (int)sizeof wish);
    answer = sandbox("POST", "consent", wish);
    callback = json_text(answer, "location");
    CHECK(callback != NULL);
    CHECK_OK(api.complete(bridge, user, callback, NULL, &authorization));
    state = json_text(authorization, "state");
    CHECK(state != NULL && strcmp(state, "authorized") == 0);
    api.string_free(url);
    api.string_free(authorization);
    free(answer);
    free(callback);
    free(state);
}

int32_t create(uint32_t bridge, const char *provider) {
    char *created = (char *)&api;
    int32_t status = api.create(bridge, provider, ANNA, MEETING, NULL, &created);
    if (status == MEETBRIDGE_OK) {
        char *link = json_text(created, "join_url");
        CHECK(link != NULL && strncmp(link, "http", 4) == 0);
        free(link);
        api.string_free(created);
    } else {
        CHECK(created == NULL);
    }
    return status;
}

int32_t create_entry(uint32_t bridge, const char *provider, const char *user, const char *reference,
                     struct meeting *made) {
    static const char meeting[] =
        "{\"topic\": \"About %s\", \"reference\": \"%s\", \"start\": \"2030-03-01T09:00:00\","
        " \"time_zone\": \"Europe/Copenhagen\", \"duration_minutes\": 30}";
    char request[sizeof meeting + 160];
    char *document, *id;
    int32_t status;
    CHECK(snprintf(request, sizeof request, meeting, reference, reference) < (int)sizeof request);
    status = api.create(bridge, provider, user, request, NULL, &document);
    if (status == MEETBRIDGE_OK) {
        id = json_text(document, "id");
        CHECK(id != NULL && strlen(id) < sizeof made->id);
        strcpy(made->id, id);
        made->existed = strstr(document, "\"existing\":true") != NULL;
        free(id);
        api.string_free(document);
    }
    return status;
}

pthread_t start_thread(size_t stack, void *(*work)(void *), void *argument) {
    pthread_attr_t attributes;
    pthread_t thread;
    CHECK(pthread_attr_init(&attributes) == 0);
    if (stack != 0) {
        CHECK(pthread_attr_setstacksize(&attributes, stack) == 0);
    }
    CHECK(pthread_create(&thread, &attributes, work, argument) == 0);
    pthread_attr_destroy(&attributes);
    return thread;
}

void join_thread(pthread_t thread) {
    CHECK(pthread_join(thread, NULL) == 0);
}

/* Entries of a folder without "." and "..". */
static int count_entries(const char *path) {
    int count = 0;
    DIR *folder = opendir(path);
    CHECK(folder != NULL);
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count - 2;
}

int count_tasks(void) {
    return count_entries("/proc/self/task");
}

int count_descriptors(void) {
    /* One of them belongs to the counting. */
    return count_entries("/proc/self/fd") - 1;
}

long resident(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%*d %ld", &pages) == 1);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

void wait_for_tasks(int wanted) {
    /* pthread_join(3) returns a moment before the kernel takes the thread off its list. */
    time_t end = time(NULL) + 20;
    while (count_tasks() != wanted && time(NULL) < end) {
        pause_briefly();
    }
    if (count_tasks() != wanted) {
        fprintf(stderr, "%d threads instead of %d\n", count_tasks(), wanted);
    }
    CHECK(count_tasks() == wanted);
}

void pause_briefly(void) {
    struct timespec millisecond = {0, 1000000};
    nanosleep(&millisecond, NULL);
}
