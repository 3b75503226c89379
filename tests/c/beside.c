/*
 * The library beside others that do what parts of it do, in either order:
 * beside SETTINGS PORT LIBRARY ORDER TLS_PORT CA OPENSSL SQLITE RUST
 *
 * ORDER    "first": ours is loaded and used before the others; "last": after them
 * OPENSSL  a libssl of version 3 or 1.1; SQLITE a libsqlite3; RUST the library of other.rs.
 *          All three are loaded so that everybody could use their symbols.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support.h"

#define THREADS 4
#define ROUNDS 8

/* From OpenSSL's and SQLite's headers; the same in both versions of OpenSSL. */
#define SSL_CTRL_SET_TLSEXT_HOSTNAME 55
#define SSL_VERIFY_PEER 1
#define SQLITE_OK 0

struct api api;

static struct {
    const void *(*method)(void);
    void *(*context_new)(const void *);
    int (*trust)(void *, const char *, const char *);
    void (*verify)(void *, int, void *);
    void *(*new)(void *);
    long (*control)(void *, int, long, void *);
    int (*host)(void *, const char *);
    int (*descriptor)(void *, int);
    int (*connect)(void *);
    int (*write)(void *, const void *, int);
    int (*read)(void *, void *, int);
    void (*free)(void *);
} tls;

static struct {
    int (*open)(const char *, void **);
    int (*execute)(void *, const char *, int (*)(void *, int, char **, char **), void *, char **);
    int (*close)(void *);
} sqlite;

static unsigned (*other_use)(unsigned);
static void *context;
static uint32_t bridge;

static void *load(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
    }
    CHECK(library != NULL);
    return library;
}

static void find(void *library, const char *name, void *place) {
    void *found = dlsym(library, name);
    if (found == NULL) {
        fprintf(stderr, "no %s\n", name);
    }
    CHECK(found != NULL);
    memcpy(place, &found, sizeof found);
}

/* An answer of the sandbox over a TLS connection of OpenSSL's. */
static void fetch(void) {
    static const char request[] =
        "GET /_sandbox/settings HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    char answer[16];
    struct sockaddr_in address;
    void *connection = tls.new(context);
    int number = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)atoi(arguments[2]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(connection != NULL);
    CHECK(connect(number, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(tls.control(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, 0, "localhost") == 1);
    CHECK(tls.host(connection, "localhost") == 1);
    CHECK(tls.descriptor(connection, number) == 1);
    CHECK(tls.connect(connection) == 1);
    CHECK(tls.write(connection, request, sizeof request - 1) == sizeof request - 1);
    CHECK(tls.read(connection, answer, sizeof answer) > 12);
    CHECK(strncmp(answer, "HTTP/1.1 200", 12) == 0);
    tls.free(connection);
    close(number);
}

static void keep(void) {
    void *database;
    CHECK(sqlite.open(":memory:", &database) == SQLITE_OK);
    CHECK(sqlite.execute(database, "CREATE TABLE t (a); INSERT INTO t VALUES (1);", NULL, NULL,
                         NULL) == SQLITE_OK);
    CHECK(sqlite.close(database) == SQLITE_OK);
}

static void *use_others(void *unused) {
    int i;
    (void)unused;
    for (i = 0; i < ROUNDS; i++) {
        fetch();
        keep();
        CHECK(other_use((unsigned)i) == (unsigned)i + 1);
    }
    return NULL;
}

static void load_others(void) {
    void *library = load(arguments[4]);
    find(library, "TLS_client_method", &tls.method);
    find(library, "SSL_CTX_new", &tls.context_new);
    find(library, "SSL_CTX_load_verify_locations", &tls.trust);
    find(library, "SSL_CTX_set_verify", &tls.verify);
    find(library, "SSL_new", &tls.new);
    find(library, "SSL_ctrl", &tls.control);
    find(library, "SSL_set1_host", &tls.host);
    find(library, "SSL_set_fd", &tls.descriptor);
    find(library, "SSL_connect", &tls.connect);
    find(library, "SSL_write", &tls.write);
    find(library, "SSL_read", &tls.read);
    find(library, "SSL_free", &tls.free);
    context = tls.context_new(tls.method());
    CHECK(context != NULL && tls.trust(context, arguments[3], NULL) == 1);
    tls.verify(context, SSL_VERIFY_PEER, NULL);
    library = load(arguments[5]);
    find(library, "sqlite3_open", &sqlite.open);
    find(library, "sqlite3_exec", &sqlite.execute);
    find(library, "sqlite3_close", &sqlite.close);
    find(load(arguments[6]), "other_use", &other_use);
    use_others(NULL);
}

static void *use_ours(void *unused) {
    int i;
    (void)unused;
    for (i = 0; i < ROUNDS; i++) {
        CHECK_OK(create(bridge, i % 2 == 0 ? "zoom" : "webex"));
    }
    return NULL;
}

static void load_ours(void) {
    load_library(arguments[0]);
    CHECK_OK(api.open(settings, &bridge));
    authorize(bridge, "zoom", ANNA);
    authorize(bridge, "webex", ANNA);
    use_ours(NULL);
}

int main(int argc, char **argv) {
    pthread_t ours[THREADS], others[THREADS];
    int i;

    begin(argc, argv, 7);
    if (strcmp(arguments[1], "first") == 0) {
        load_ours();
        load_others();
    } else {
        load_others();
        load_ours();
    }
    for (i = 0; i < THREADS; i++) {
        ours[i] = start_thread(SMALL_STACK, use_ours, NULL);
        others[i] = start_thread(0, use_others, NULL);
    }
    for (i = 0; i < THREADS; i++) {
        join_thread(ours[i]);
        join_thread(others[i]);
    }
    use_others(NULL);
    use_ours(NULL);
    CHECK_OK(api.close(bridge));
    return 0;
}
