/*
 * A host that lets SIGPIPE kill it: pipes SETTINGS PORT
 *
 * Each line it reads makes it ask for a meeting of both providers and print how that ended. A
 * socket whose other side has gone raises the signal only in some of the ways to write to it, and
 * only sometimes; so it is looked at that the library uses none of these ways.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "support.h"

struct api api = LINKED_LIBRARY;

/* What this program writes itself does not count. */
static int inside, sent;

static void look(int descriptor, int flags) {
    struct stat found;
    if (!READ(inside) || fstat(descriptor, &found) != 0 || !S_ISSOCK(found.st_mode)) {
        return;
    }
    ADD(sent);
    if ((flags & MSG_NOSIGNAL) == 0) {
        /* Where from is what a debugger shows. */
        abort();
    }
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
    look(descriptor, 0);
    return syscall(SYS_write, descriptor, bytes, length);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    look(descriptor, 0);
    return syscall(SYS_writev, descriptor, parts, count);
}

ssize_t send(int descriptor, const void *bytes, size_t length, int flags) {
    look(descriptor, flags);
    return syscall(SYS_sendto, descriptor, bytes, length, flags, NULL, 0);
}

ssize_t sendto(int descriptor, const void *bytes, size_t length, int flags,
               __CONST_SOCKADDR_ARG address, socklen_t size) {
    look(descriptor, flags);
    return syscall(SYS_sendto, descriptor, bytes, length, flags, address.__sockaddr__, size);
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags) {
    look(descriptor, flags);
    return syscall(SYS_sendmsg, descriptor, message, flags);
}

static void ask(uint32_t bridge, const char *provider) {
    int32_t status;
    WRITE(inside, 1);
    status = create(bridge, provider);
    WRITE(inside, 0);
    printf("%s\n", meetbridge_status_name(status));
    fflush(stdout);
}

int main(int argc, char **argv) {
    struct sigaction action;
    char line[16];
    uint32_t bridge;

    begin(argc, argv, 0);
    CHECK(sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    CHECK_OK(meetbridge_open(settings, &bridge));
    authorize(bridge, "zoom", ANNA);
    authorize(bridge, "webex", ANNA);
    while (fgets(line, sizeof line, stdin) != NULL) {
        ask(bridge, "zoom");
        ask(bridge, "webex");
    }
    CHECK(sent > 0);
    CHECK_OK(meetbridge_close(bridge));
    return 0;
}
