/* SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "probe/lib/base.h"
#include "recording.h"

int sys_setup(unsigned entries, struct ring_params *p)
{
	return syscall(__NR_io_uring_setup, entries, p);
}

int sys_enter(int fd, unsigned to_submit, unsigned min_complete, unsigned flags, const void *arg,
	      size_t arg_size)
{
	return syscall(__NR_io_uring_enter, fd, to_submit, min_complete, flags, arg, arg_size);
}

int sys_register(int fd, unsigned op, const void *arg, unsigned nr)
{
	return syscall(__NR_io_uring_register, fd, op, arg, nr);
}

bool memlock_patience(int err, unsigned *tries)
{
	const struct timespec pause = { .tv_nsec = 25000000 };

	if (err != -ENOMEM || *tries == 3)
		return false;
	(*tries)++;
	nanosleep(&pause, NULL);
	return true;
}

static int or_errno(int r)
{
	return r < 0 ? -errno : r;
}

static int live_setup(struct kernel *k, unsigned entries, struct ring_params *p)
{
	(void)k;
	return or_errno(sys_setup(entries, p));
}

static int live_enter(struct kernel *k, int fd, unsigned to_submit, unsigned min_complete,
		      unsigned flags)
{
	(void)k;
	return or_errno(sys_enter(fd, to_submit, min_complete, flags, NULL, 0));
}

static int live_reg(struct kernel *k, const struct reg_call *c)
{
	(void)k;
	return or_errno(sys_register(c->fd, c->op, c->arg, c->nr));
}

static int live_map(struct kernel *k, int fd, uint64_t offset, size_t length, void **addr)
{
	void *p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset);

	(void)k;
	if (p == MAP_FAILED)
		return -errno;
	*addr = p;
	return 0;
}

static void live_unmap(struct kernel *k, void *addr, size_t length)
{
	(void)k;
	munmap(addr, length);
}

static void live_close(struct kernel *k, int fd)
{
	(void)k;
	close(fd);
}

static int trial_call(enum trial_call call)
{
	switch (call) {
	case TRIAL_SETUP:
		return sys_setup(0, NULL);
	case TRIAL_ENTER:
		return sys_enter(BAD_FD, 0, 0, 0, NULL, 0);
	default:
		return sys_register(BAD_FD, UNREGISTER_BUFFERS, NULL, 0);
	}
}

static int live_trial(struct kernel *k, enum trial_call call, struct trial *t)
{
	int *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, r = 0;
	pid_t pid;

	(void)k;
	if (shared == MAP_FAILED)
		return -errno;
	pid = fork();
	if (pid == 0) {
		/* A kill by a filter is a valid answer, and must not leave a core file. */
		prctl(PR_SET_DUMPABLE, 0);
		signal(SIGSYS, SIG_DFL);
		*shared = or_errno(trial_call(call));
		_exit(0);
	}
	if (pid < 0) {
		r = -errno;
	} else {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		t->ret = *shared;
		t->sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	}
	munmap(shared, sizeof(*shared));
	return r;
}

static ssize_t live_read_file(struct kernel *k, const char *path, char *buf, size_t size)
{
	(void)k;
	return file_read(path, buf, size);
}

static int live_attempt(struct kernel *k, const char *label, attempt_fn fn, void *arg,
			struct attempt *out)
{
	(void)k;
	(void)label;
	fn(arg, out);
	return 0;
}

static ssize_t live_inquire(struct kernel *k, const char *label, inquire_fn fn, void *arg,
			    const struct form *form, void *out, size_t size)
{
	(void)k;
	(void)label;
	(void)form;
	return fn(arg, out, size);
}

unsigned kernel_page_size(const struct kernel *k)
{
	return k->replays ? k->replays->machine.page_size : (unsigned)sysconf(_SC_PAGESIZE);
}

bool kernel_big_endian(const struct kernel *k)
{
	return k->replays ? k->replays->machine.big_endian : HERE_BIG_ENDIAN;
}

struct kernel *kernel_live(void)
{
	static struct kernel live = {
		.setup = live_setup,
		.enter = live_enter,
		.reg = live_reg,
		.map = live_map,
		.unmap = live_unmap,
		.close = live_close,
		.trial = live_trial,
		.read_file = live_read_file,
		.attempt = live_attempt,
		.inquire = live_inquire,
	};

	return &live;
}
