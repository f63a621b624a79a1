/* Loaded before the system's own: every hundredth connect() over IPv4 is refused, counted over all
 * threads, and the next one is not. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>

int connect(int descriptor, const struct sockaddr *address, socklen_t length) {
    static int count;
    static int (*real)(int, const struct sockaddr *, socklen_t);
    if (address->sa_family == AF_INET && __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST) % 100 == 0) {
        errno = ECONNREFUSED;
        return -1;
    }
    if (!real) real = (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "connect");
    return real(descriptor, address, length);
}
