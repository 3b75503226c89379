/* The floor: a socket, OpenSSL, a request that is written once, and no reading of the answer
 * beyond its length. */
#define _GNU_SOURCE
#include "common.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static SSL_CTX *context;
static char *request;
static int request_length;

void client_prepare(void) {
    context = SSL_CTX_new(TLS_client_method());
    CHECK(context != NULL);
    CHECK(SSL_CTX_load_verify_locations(context, path_of("ca.pem"), NULL) == 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    char *token = text_of("token"), *body = text_of("request.json");
    size_t size = strlen(token) + strlen(body) + 512;
    request = malloc(size);
    CHECK(request != NULL);
    request_length = snprintf(request, size,
                              "POST /v2/users/me/meetings HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                              "Accept: application/json\r\nContent-Type: application/json\r\n"
                              "Authorization: Bearer %s\r\nContent-Length: %zu\r\n\r\n%s",
                              port, token, strlen(body), body);
}

void *client_open(int thread) {
    (void)thread;
    struct sockaddr_in address = {0};
    int one = 1, connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(connect(connection, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    SSL *tls = SSL_new(context);
    CHECK(tls != NULL && SSL_set_fd(tls, connection) == 1);
    CHECK(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), "127.0.0.1") == 1);
    CHECK(SSL_connect(tls) == 1);
    return tls;
}

void client_call(void *state) {
    SSL *tls = state;
    char answer[8192], *end = NULL, *length;
    size_t got = 0;
    CHECK(SSL_write(tls, request, request_length) == request_length);
    do {
        int more = SSL_read(tls, answer + got, (int)(sizeof answer - 1 - got));
        CHECK(more > 0);
        got += (size_t)more;
        answer[got] = '\0';
        end = strstr(answer, "\r\n\r\n");
    } while (end == NULL);
    CHECK(strncmp(answer, "HTTP/1.1 201 ", 13) == 0);
    length = strcasestr(answer, "\r\ncontent-length:");
    CHECK(length != NULL);
    size_t whole = (size_t)(end + 4 - answer) + strtoul(length + 17, NULL, 10);
    CHECK(whole < sizeof answer);
    while (got < whole) {
        int more = SSL_read(tls, answer + got, (int)(sizeof answer - got));
        CHECK(more > 0);
        got += (size_t)more;
    }
}
