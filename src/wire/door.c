/* door: see door.h. */
#include "wire/door.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM CMSG_SPACE(DOOR_DESCRIPTORS * sizeof(int))

int
door_send(int socket, const void *message, size_t bytes, const int *fd, int n)
{
    _Alignas(struct cmsghdr) char control[ROOM] = {0};
    struct iovec part = {.iov_base = (void *)message, .iov_len = bytes};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};

    if (n > 0) {
        m.msg_control = control;
        m.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
        memcpy(CMSG_DATA(c), fd, (size_t)n * sizeof(int));
    }
    return sendmsg(socket, &m, MSG_NOSIGNAL) == (ssize_t)bytes ? 0 : -1;
}

int
door_receive(int socket, void *message, size_t bytes, int *fd, int *n)
{
    _Alignas(struct cmsghdr) char control[ROOM];
    struct iovec part = {.iov_base = message, .iov_len = bytes};
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = ROOM};
    ssize_t got;

    *n = 0;
    while ((got = recvmsg(socket, &m, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); got >= 0 && c != NULL; c = CMSG_NXTHDR(&m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        *n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fd, CMSG_DATA(c), (size_t)*n * sizeof(int));
    }
    if (got == (ssize_t)bytes && (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
        return 0;
    if (got >= 0)
        errno = got == 0 ? EPIPE : EPROTO;
    for (int i = 0; i < *n; i++)
        close(fd[i]);
    *n = 0;
    return -1;
}
