/* What most would write: libcurl, a handle for each thread, connections kept, TLS checked. */
#include "common.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct state {
    CURL *handle;
    size_t got;
    char answer[8192];
};

static char url[64], bearer[2048], *body, *ca;

void client_prepare(void) {
    CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == 0);
    snprintf(url, sizeof url, "https://127.0.0.1:%d/v2/users/me/meetings", port);
    snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", text_of("token"));
    body = text_of("request.json");
    ca = path_of("ca.pem");
}

static size_t take(char *bytes, size_t size, size_t count, void *argument) {
    struct state *state = argument;
    CHECK(state->got + size * count <= sizeof state->answer);
    memcpy(state->answer + state->got, bytes, size * count);
    state->got += size * count;
    return size * count;
}

void *client_open(int thread) {
    (void)thread;
    struct state *state = calloc(1, sizeof *state);
    CHECK(state != NULL);
    CURL *handle = state->handle = curl_easy_init();
    struct curl_slist *headers = NULL;
    headers = curl_slist_append(headers, "Accept: application/json");
    headers = curl_slist_append(headers, "Content-Type: application/json");
    headers = curl_slist_append(headers, bearer);
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_CAINFO, ca);
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, state);
    return state;
}

void client_call(void *argument) {
    struct state *state = argument;
    long status = 0;
    state->got = 0;
    CHECK(curl_easy_perform(state->handle) == CURLE_OK);
    curl_easy_getinfo(state->handle, CURLINFO_RESPONSE_CODE, &status);
    CHECK(status == 201 && state->got > 0);
}
