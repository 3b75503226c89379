/*
 * The shortest complete host: authorizes one user on Zoom and on Webex, creates a meeting on each
 * and prints the join links.
 *
 *     c-host SETTINGS USER PORT
 *
 * SETTINGS  path of a settings file whose redirect_url is http://127.0.0.1:PORT/callback
 * USER      the signed-in user; a real host takes the name from its own session
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "meetbridge.h"

/* Says what failed and what to do about it, and ends. */
static void check(int32_t status, const char *what) {
    if (status != MEETBRIDGE_OK) {
        fprintf(stderr, "%s: %s\n%s\n", what, meetbridge_status_name(status),
                meetbridge_last_error());
        exit(1);
    }
}

/* Prints a text member of a document. A real host uses its JSON library. */
static void print_member(const char *document, const char *member) {
    char key[64];
    const char *text;
    snprintf(key, sizeof key, "\"%s\":\"", member);
    text = strstr(document, key);
    if (text != NULL) {
        text += strlen(key);
        printf("%.*s\n", (int)strcspn(text, "\""), text);
    }
}

static int listen_on(unsigned short port) {
    struct sockaddr_in address;
    int yes = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 8) != 0) {
        perror("cannot listen");
        exit(1);
    }
    return listener;
}

/*
 * Waits until the user's browser comes back from the provider, thanks it, and gives the path and
 * query of the callback. Anything else that a browser asks for (an icon) is answered and forgotten.
 */
static void wait_for_callback(int listener, char *callback, size_t size) {
    static const char page[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
                               "Connection: close\r\n\r\n<!doctype html><title>Done</title>"
                               "<h1>Done</h1><p>You can close this window.</p>";
    for (;;) {
        char request[8192];
        size_t length = 0;
        int browser = accept(listener, NULL, NULL);
        while (length < sizeof request - 1) {
            ssize_t got = read(browser, request + length, sizeof request - 1 - length);
            if (got <= 0) {
                break;
            }
            length += (size_t)got;
            request[length] = '\0';
            if (strstr(request, "\r\n\r\n") != NULL) {
                break;
            }
        }
        request[length] = '\0';
        if (write(browser, page, sizeof page - 1) < 0) {
            perror("browser");
        }
        close(browser);
        if (strncmp(request, "GET /callback", 13) == 0) {
            request[4 + strcspn(request + 4, " ")] = '\0';
            snprintf(callback, size, "%s", request + 4);
            return;
        }
    }
}

int main(int argc, char **argv) {
    static const char *const providers[] = {"zoom", "webex"};
    static const char meeting[] = "{\"topic\": \"Weekly planning\", \"start\": \"2030-03-01T09:00:00\","
                                  " \"time_zone\": \"Europe/Copenhagen\", \"duration_minutes\": 30}";
    uint32_t bridge;
    int listener;
    size_t i;

    if (argc != 4) {
        fprintf(stderr, "usage: %s SETTINGS USER PORT\n", argv[0]);
        return 2;
    }
    check(meetbridge_open(argv[1], &bridge), "open");
    listener = listen_on((unsigned short)atoi(argv[3]));

    for (i = 0; i < sizeof providers / sizeof providers[0]; i++) {
        char callback[8192];
        char *url, *authorization, *created;

        check(meetbridge_start_authorization(bridge, providers[i], argv[2], NULL, NULL, &url),
              "start");
        printf("To let %s create %s meetings, open\n%s\n", argv[2], providers[i], url);
        fflush(stdout);
        meetbridge_string_free(url);

        wait_for_callback(listener, callback, sizeof callback);
        check(meetbridge_complete_authorization(bridge, argv[2], callback, NULL, &authorization),
              "complete");
        meetbridge_string_free(authorization);

        check(meetbridge_create_meeting(bridge, providers[i], argv[2], meeting, NULL, &created),
              "create");
        printf("%s join link: ", providers[i]);
        print_member(created, "join_url");
        meetbridge_string_free(created);
    }
    close(listener);
    check(meetbridge_close(bridge), "close");
    return 0;
}
