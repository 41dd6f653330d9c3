/* SPDX-License-Identifier: MIT */
#include "stop.h"

#include <sys/prctl.h>

#include "base.h"

void stop_hold(struct stop_hold *h)
{
	static const int stops[] = { SIGHUP, SIGINT, SIGTERM };

	sigemptyset(&h->held);
	for (unsigned i = 0; i < ARRAY_SIZE(stops); i++) {
		struct sigaction now;

		/* An ignored signal must not become pending. */
		if (sigaction(stops[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(&h->held, stops[i]);
	}
	sigprocmask(SIG_BLOCK, &h->held, &h->before);
}

bool stop_waits(const struct stop_hold *h)
{
	sigset_t pending, both;

	sigpending(&pending);
	sigandset(&both, &pending, &h->held);
	return !sigisemptyset(&both);
}

void stop_release(const struct stop_hold *h)
{
	sigprocmask(SIG_SETMASK, &h->before, NULL);
}

void stop_with_parent(pid_t parent, int sig)
{
	prctl(PR_SET_PDEATHSIG, sig);
	if (getppid() != parent)
		raise(sig);
}
