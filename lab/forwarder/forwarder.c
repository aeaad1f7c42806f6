/*
 * Makes a link slower to answer: takes packets from a TUN device, holds each for a fixed time and gives it back to the
 * same device. The kernel routes them there and onwards, so this program knows nothing of addresses.
 *
 * usage: forwarder DEVICE DELAY_MICROSECONDS
 *
 * At most QUEUE_BYTES are held; beyond that packets are dropped, as a router with a full queue does.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    SLOT_BYTES = 2048,               /* more than the MTU of 1500 that the device has */
    QUEUE_BYTES = 128 * 1024 * 1024, /* 100 ms at 10 Gbit/s */
    SLOTS = QUEUE_BYTES / SLOT_BYTES
};

struct slot {
    uint64_t due_ns;
    uint32_t length;
    unsigned char data[SLOT_BYTES - 16];
};

/* All packets wait equally long, so the one that came first is due first: a ring is enough. */
static struct slot *ring;
static size_t head, count;

static void fail(const char *what)
{
    fprintf(stderr, "forwarder: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int open_tun(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        fail("/dev/net/tun");
    if (strlen(name) >= sizeof request.ifr_name) {
        errno = ENAMETOOLONG;
        fail(name);
    }
    strcpy(request.ifr_name, name);
    if (ioctl(fd, TUNSETIFF, &request) < 0)
        fail("TUNSETIFF");
    return fd;
}

/* Reads all that has come; what does not fit into the ring is read and dropped. */
static void take(int tun, uint64_t delay_ns)
{
    static unsigned char overflow[SLOT_BYTES];

    for (;;) {
        struct slot *slot = &ring[(head + count) % SLOTS];
        int full = count == SLOTS;
        ssize_t n = read(tun, full ? overflow : slot->data, full ? sizeof overflow : sizeof slot->data);

        if (n < 0) {
            if (errno == EAGAIN || errno == EINTR)
                return;
            fail("read");
        }
        if (full)
            continue;
        slot->length = (uint32_t)n;
        slot->due_ns = now_ns() + delay_ns;
        count++;
    }
}

static void give(int tun)
{
    while (count > 0 && ring[head].due_ns <= now_ns()) {
        struct slot *slot = &ring[head];
        ssize_t n = write(tun, slot->data, slot->length);

        /* A packet the kernel refuses is lost, as on any link; only a broken device ends the program. */
        if (n < 0 && errno == EBADFD)
            fail("write");
        head = (head + 1) % SLOTS;
        count--;
    }
}

static void set_timer(int timer)
{
    struct itimerspec when = {0};

    if (count > 0) {
        when.it_value.tv_sec = (time_t)(ring[head].due_ns / 1000000000u);
        when.it_value.tv_nsec = (long)(ring[head].due_ns % 1000000000u);
    }
    if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL) < 0)
        fail("timerfd_settime");
}

int main(int argc, char **argv)
{
    char *end;
    unsigned long microseconds;
    uint64_t expirations;

    if (argc != 3 || (microseconds = strtoul(argv[2], &end, 10), *end != '\0') || microseconds > 10000000) {
        fprintf(stderr, "usage: forwarder DEVICE DELAY_MICROSECONDS (at most ten seconds)\n");
        return EXIT_FAILURE;
    }
    ring = calloc(SLOTS, sizeof *ring);
    if (ring == NULL)
        fail("memory");

    int tun = open_tun(argv[1]);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (timer < 0)
        fail("timerfd_create");

    struct pollfd waits[] = {{.fd = tun, .events = POLLIN}, {.fd = timer, .events = POLLIN}};
    for (;;) {
        set_timer(timer);
        if (poll(waits, 2, -1) < 0 && errno != EINTR)
            fail("poll");
        if (read(timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN)
            fail("timer");
        give(tun);
        take(tun, microseconds * 1000u);
        give(tun);
    }
}
