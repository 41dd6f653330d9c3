/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cmd/output/out.h"
#include "probe/lib/base.h"

volatile int live_stop;

static pid_t own_pid;

/* Prints one line for all processes of the program, because SIGINT from a terminal reaches all of them. */
static void end_now(int sig)
{
	static const char interrupted[] = "uringtool: ended by SIGINT\n";
	static const char terminated[] = "uringtool: ended by SIGTERM\n";
	const char *line = sig == SIGINT ? interrupted : terminated;
	ssize_t ignored = getpid() == own_pid ? write(STDERR_FILENO, line, strlen(line)) : 0;

	(void)ignored;
	_exit(128 + sig);
}

static void on_signal(int sig)
{
	if (live_stop)
		end_now(sig);
	live_stop = sig;
}

void live_init(void)
{
	static const int signals[] = { SIGINT, SIGTERM };
	const struct sigaction sa = { .sa_handler = end_now };

	own_pid = getpid();
	for (unsigned i = 0; i < ARRAY_SIZE(signals); i++) {
		struct sigaction now;

		if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
			sigaction(signals[i], &sa, NULL);
	}
}

void live_begin(void)
{
	const struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static void show(void *arg, const struct progress *p)
{
	_cleanup_str_ struct str line = { 0 };

	str_addf(&line, "\r\033[K%s%3.0f %%  ", (const char *)arg, 100 * p->share);
	out_number(&line, p->iops, OUT_COUNT);
	str_add(&line, " IOPS  p99 ");
	out_number(&line, p->p99_ns, OUT_NS);
	fputs(str_text(&line), stderr);
	fflush(stderr);
}

progress_fn live_progress(void)
{
	return isatty(STDERR_FILENO) ? show : NULL;
}

static void name(void *arg, const char *what)
{
	snprintf(arg, LIVE_PREFIX, "%s%s", what, *what ? "  " : "");
}

struct follower live_follower(char prefix[static LIVE_PREFIX])
{
	*prefix = '\0';
	return (struct follower){ .step = name, .progress = live_progress(), .arg = prefix };
}

void live_clear(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}
