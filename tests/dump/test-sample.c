/* SPDX-License-Identifier: MIT */
/* A signal that arrives just before the sleep ends the wait for the next sample. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "dump/foreign/sample.h"
#include "probe/lib/mono.h"

#define HOUR_NS 3600000000000ull

static volatile int stop;
static bool lost; /* the signal arrived before the sleep, which did not notice it */
static unsigned sleeps;

static void on_signal(int sig)
{
	stop = sig;
}

static int sleep_after_signal(const struct timespec *ts, const sigset_t *mask)
{
	struct {
		const sigset_t *set;
		size_t size;
	} arg = { mask, _NSIG / 8 };
	struct timespec left = *ts;

	sleeps++;
	raise(SIGUSR1);
	lost = stop;
	/* The real call would block for a very long time. */
	if (lost)
		return 0;
	return syscall(SYS_pselect6, 0, NULL, NULL, NULL, &left, &arg);
}

/* Replacements for the functions of libc. */
int pselect(int n, fd_set *in, fd_set *out, fd_set *err, const struct timespec *ts,
	    const sigset_t *mask)
{
	(void)n, (void)in, (void)out, (void)err;
	return sleep_after_signal(ts, mask);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *ts, struct timespec *left)
{
	(void)clock, (void)flags, (void)left;
	return sleep_after_signal(ts, NULL);
}

static void no_signal_is_lost(void **state)
{
	const struct sigaction sa = { .sa_handler = on_signal };
	/* The kernel writes only as many bytes as it has signals. */
	sigset_t before = { 0 }, after = { 0 };

	(void)state;
	sigaction(SIGUSR1, &sa, NULL);
	sigprocmask(SIG_BLOCK, NULL, &before);
	sample_wait(mono_ns() + HOUR_NS, &stop);
	sigprocmask(SIG_BLOCK, NULL, &after);
	assert_int_equal(stop, SIGUSR1);
	assert_int_equal(sleeps, 1);
	assert_false(lost);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void what_is_past_is_not_waited_for(void **state)
{
	(void)state;
	stop = 0;
	sleeps = 0;
	sample_wait(mono_ns(), &stop);
	assert_int_equal(sleeps, 0);
	stop = SIGINT;
	sample_wait(mono_ns() + HOUR_NS, &stop);
	assert_int_equal(sleeps, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_signal_is_lost),
		cmocka_unit_test(what_is_past_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
