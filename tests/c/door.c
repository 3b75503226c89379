/*
 * The C door in a process of its own: door LIBRARY
 *
 * A test writes calls to its standard input, one a line, and reads what came of them, one a line.
 * A line has words with one space between them. A word is a text with "%XX" for each byte but
 * letters, digits, and some signs; "-" is NULL.
 *
 *   open SETTINGS                     STATUS HANDLE ERROR
 *   call FUNCTION HANDLE TEXT...      STATUS ANSWER ERROR   a function with an answer
 *   command FUNCTION HANDLE TEXT...   STATUS - ERROR        one without
 *   crowd THREADS CALL                so many lines: each thread makes the call, all at once
 *   reload                            0 - -                 unloads the library and loads it again
 *   text FUNCTION NUMBER              0 TEXT -              a text that the library keeps
 *
 * Needs nothing but C99 and either Windows or POSIX.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#include <windows.h>
typedef HMODULE library_t;
typedef HANDLE thread_t;
#else
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>
typedef void *library_t;
typedef pthread_t thread_t;
#endif

#define MOST_WORDS 10
#define MOST_THREADS 64
/* Far longer than any test takes, in seconds. */
#define LONGEST_RUN 600
/* The smallest stack on which a host may call. */
#define SMALL_STACK (256 * 1024)

typedef void (*function_t)(void);
typedef const char *text_t;

static const char *path;
static library_t library;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "door: %s: %s\n", what, why);
    exit(1);
}

static void load(void) {
#ifdef _WIN32
    library = LoadLibraryA(path);
#else
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
#endif
    if (library == NULL) {
        fail(path, "does not load");
    }
}

static void unload(void) {
#ifdef _WIN32
    int good = FreeLibrary(library) != 0;
#else
    int good = dlclose(library) == 0;
#endif
    if (!good) {
        fail(path, "cannot be unloaded");
    }
}

static function_t find(const char *name) {
    function_t found;
#ifdef _WIN32
    FARPROC symbol = GetProcAddress(library, name);
#else
    void *symbol = dlsym(library, name);
#endif
    if (symbol == NULL) {
        fail(name, "is missing");
    }
    memcpy(&found, &symbol, sizeof found);
    return found;
}

/* In place. NULL for "-". */
static char *decoded(char *word) {
    char *from = word, *to = word;
    if (strcmp(word, "-") == 0) {
        return NULL;
    }
    while (*from != '\0') {
        if (*from == '%') {
            char digits[3] = {from[1], from[2], '\0'};
            *to++ = (char)strtol(digits, NULL, 16);
            from += 3;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    return word;
}

/* A copy, to be freed. */
static char *encoded(const char *text) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "{}[]\":,._/";
    char *word = malloc(text == NULL ? 2 : 3 * strlen(text) + 1), *to = word;
    if (word == NULL) {
        fail("memory", "is out");
    }
    if (text == NULL) {
        return strcpy(word, "-");
    }
    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL) {
            *to++ = *text;
        } else {
            to += sprintf(to, "%%%02X", (unsigned char)*text);
        }
    }
    *to = '\0';
    return word;
}

/* One call, and what came of it. */
struct call {
    function_t function;
    /* 'o' opens, 'a' has an answer, 'c' has none. */
    char kind;
    uint32_t handle;
    int count;
    char *texts[MOST_WORDS];
    char *line;
};

static int32_t with_answer(struct call *c, char **answer) {
    char **t = c->texts;
    uint32_t h = c->handle;
    switch (c->count) {
    case 1:
        return ((int32_t(*)(uint32_t, text_t, char **))c->function)(h, t[0], answer);
    case 2:
        return ((int32_t(*)(uint32_t, text_t, text_t, char **))c->function)(h, t[0], t[1], answer);
    case 3:
        return ((int32_t(*)(uint32_t, text_t, text_t, text_t, char **))c->function)(
            h, t[0], t[1], t[2], answer);
    case 4:
        return ((int32_t(*)(uint32_t, text_t, text_t, text_t, text_t, char **))c->function)(
            h, t[0], t[1], t[2], t[3], answer);
    case 5:
        return ((int32_t(*)(uint32_t, text_t, text_t, text_t, text_t, text_t, char **))c->function)(
            h, t[0], t[1], t[2], t[3], t[4], answer);
    }
    fail("a call", "no function has so many texts");
    return -1;
}

static int32_t without_answer(struct call *c) {
    char **t = c->texts;
    uint32_t h = c->handle;
    switch (c->count) {
    case 0:
        return ((int32_t(*)(uint32_t))c->function)(h);
    case 1:
        return ((int32_t(*)(uint32_t, text_t))c->function)(h, t[0]);
    case 2:
        return ((int32_t(*)(uint32_t, text_t, text_t))c->function)(h, t[0], t[1]);
    case 3:
        return ((int32_t(*)(uint32_t, text_t, text_t, text_t))c->function)(h, t[0], t[1], t[2]);
    case 4:
        return ((int32_t(*)(uint32_t, text_t, text_t, text_t, text_t))c->function)(h, t[0], t[1],
                                                                                  t[2], t[3]);
    }
    fail("a command", "no function has so many texts");
    return -1;
}

static void make(struct call *call) {
    /* What a function leaves here on failure must be NULL or 0. */
    char *answer = (char *)&path, number[16], *words[2];
    uint32_t handle = 7;
    int32_t status;
    switch (call->kind) {
    case 'o':
        status = ((int32_t(*)(text_t, uint32_t *))call->function)(call->texts[0], &handle);
        if (status != 0 && handle != 0) {
            fail("open", "left a handle behind");
        }
        sprintf(number, "%lu", (unsigned long)handle);
        words[0] = encoded(number);
        break;
    case 'a':
        status = with_answer(call, &answer);
        if ((status == 0) != (answer != NULL)) {
            fail("a call", "its answer does not fit its status");
        }
        words[0] = encoded(answer);
        ((void (*)(char *))find("meetbridge_string_free"))(answer);
        break;
    default:
        status = without_answer(call);
        words[0] = encoded(NULL);
    }
    /* Of the thread that made the call. */
    words[1] = encoded(status == 0 ? NULL : ((text_t(*)(void))find("meetbridge_last_error"))());
    call->line = malloc(strlen(words[0]) + strlen(words[1]) + 20);
    if (call->line == NULL) {
        fail("memory", "is out");
    }
    sprintf(call->line, "%ld %s %s", (long)status, words[0], words[1]);
    free(words[0]);
    free(words[1]);
}

#ifdef _WIN32
static DWORD WINAPI end_of_time(void *unused) {
    (void)unused;
    Sleep(LONGEST_RUN * 1000);
    fail("the test", "takes too long");
    return 0;
}

/* Sees to it that a call that hangs ends. */
static void limit_time(void) {
    CloseHandle(CreateThread(NULL, SMALL_STACK, end_of_time, NULL,
                             STACK_SIZE_PARAM_IS_A_RESERVATION, NULL));
}

static HANDLE together;

static DWORD WINAPI in_thread(void *call) {
    WaitForSingleObject(together, INFINITE);
    make(call);
    return 0;
}

static void make_all(struct call *calls, int count) {
    thread_t threads[MOST_THREADS];
    int i;
    together = CreateEventA(NULL, TRUE, FALSE, NULL);
    for (i = 0; i < count; i++) {
        threads[i] = CreateThread(NULL, SMALL_STACK, in_thread, &calls[i],
                                  STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
        if (threads[i] == NULL) {
            fail("a thread", "cannot be made");
        }
    }
    SetEvent(together);
    for (i = 0; i < count; i++) {
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
    }
    CloseHandle(together);
}
#else
static void limit_time(void) {
    alarm(LONGEST_RUN);
}

static pthread_barrier_t together;

static void *in_thread(void *call) {
    pthread_barrier_wait(&together);
    make(call);
    return NULL;
}

static void make_all(struct call *calls, int count) {
    thread_t threads[MOST_THREADS];
    pthread_attr_t small;
    int i;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, SMALL_STACK);
    pthread_barrier_init(&together, NULL, (unsigned)count);
    for (i = 0; i < count; i++) {
        if (pthread_create(&threads[i], &small, in_thread, &calls[i]) != 0) {
            fail("a thread", "cannot be made");
        }
    }
    for (i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_barrier_destroy(&together);
    pthread_attr_destroy(&small);
}
#endif

/* What the words of a call say. */
static struct call understood(char **words, int count) {
    struct call call = {0};
    int first;
    if (count == 2 && strcmp(words[0], "open") == 0) {
        call.kind = 'o';
        call.function = find("meetbridge_open");
        first = 1;
    } else if (count >= 3) {
        call.kind = strcmp(words[0], "call") == 0 ? 'a' : 'c';
        call.function = find(decoded(words[1]));
        call.handle = (uint32_t)strtoul(words[2], NULL, 10);
        first = 3;
    } else {
        fail(words[0], "has too few words");
        first = 0;
    }
    for (; first < count; first++) {
        call.texts[call.count++] = decoded(words[first]);
    }
    return call;
}

static void obey(char **words, int count) {
    struct call calls[MOST_THREADS];
    int threads = 1, i;
    if (strcmp(words[0], "reload") == 0) {
        unload();
        load();
        puts("0 - -");
        return;
    }
    if (strcmp(words[0], "text") == 0 && count == 3) {
        text_t (*function)(int32_t) = (text_t(*)(int32_t))find(decoded(words[1]));
        char *text = encoded(function(atoi(words[2])));
        printf("0 %s -\n", text);
        free(text);
        return;
    }
    if (strcmp(words[0], "crowd") == 0 && count > 2) {
        threads = atoi(words[1]);
        words += 2;
        count -= 2;
    }
    if (threads < 1 || threads > MOST_THREADS) {
        fail("crowd", "so many threads are not possible");
    }
    calls[0] = understood(words, count);
    for (i = 1; i < threads; i++) {
        calls[i] = calls[0];
    }
    if (threads == 1) {
        make(calls);
    } else {
        make_all(calls, threads);
    }
    for (i = 0; i < threads; i++) {
        puts(calls[i].line);
        free(calls[i].line);
    }
}

/* A line without its end, to be freed; NULL at the end of the input. */
static char *line(void) {
    size_t size = 1024, length = 0;
    char *text = malloc(size);
    while (text != NULL && fgets(text + length, (int)(size - length), stdin) != NULL) {
        length += strlen(text + length);
        if (length > 0 && text[length - 1] == '\n') {
            text[length - 1] = '\0';
            return text;
        }
        size *= 2;
        text = realloc(text, size);
    }
    free(text);
    return NULL;
}

int main(int argc, char **argv) {
    char *text;
    if (argc != 2) {
        fail("arguments", "LIBRARY is missing");
    }
    path = argv[1];
#ifdef _WIN32
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    limit_time();
    load();
    while ((text = line()) != NULL) {
        char *words[MOST_WORDS];
        int count = 0;
        char *word = strtok(text, " ");
        for (; word != NULL && count < MOST_WORDS; word = strtok(NULL, " ")) {
            words[count++] = word;
        }
        if (count == 0 || word != NULL) {
            fail("a line", "has no words, or too many");
        }
        obey(words, count);
        fflush(stdout);
        free(text);
    }
    return 0;
}
