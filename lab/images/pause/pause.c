/* The program of a pod's first container: holds the pod's namespaces and reaps what is orphaned in them. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void leave(int signal_number)
{
    (void)signal_number;
    _exit(0);
}

static void reap(int signal_number)
{
    (void)signal_number;
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
}

int main(void)
{
    struct sigaction on_leave = {.sa_handler = leave};
    struct sigaction on_child = {.sa_handler = reap, .sa_flags = SA_NOCLDSTOP | SA_RESTART};

    if (sigaction(SIGINT, &on_leave, NULL) != 0 || sigaction(SIGTERM, &on_leave, NULL) != 0 ||
        sigaction(SIGCHLD, &on_child, NULL) != 0)
        return EXIT_FAILURE;
    for (;;)
        pause();
}
