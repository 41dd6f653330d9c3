/* SPDX-License-Identifier: MIT */
#include "as-user.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "probe/kernel/recording.h"
#include "probe/lib/base.h"
#include "probe/lib/stop.h"

/* A call on the pipe, followed by the question and the data. */
struct passed {
	uint32_t question_bytes;
	uint32_t data_bytes;
	int64_t ret;
	const struct form *form; /* valid in both processes, because the child is a fork */
};

/* Value of question_bytes that ends the data. */
#define PASSED_END UINT32_MAX

static void find_groups(const char *name, struct as_user *who)
{
	_cleanup_fclose_ FILE *file = fopen("/etc/group", "re");
	const struct group *g;

	while (file && (g = fgetgrent(file)))
		for (char **member = g->gr_mem; *member; member++)
			if (!strcmp(*member, name) && who->n_groups < ARRAY_SIZE(who->groups))
				who->groups[who->n_groups++] = g->gr_gid;
}

int as_user_find(const char *text, struct as_user *who, struct fail *f)
{
	_cleanup_fclose_ FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *p;
	char *end;
	unsigned long long number = strtoull(text, &end, 10);
	bool numeric = *text >= '0' && *text <= '9' && !*end;
	struct as_user got = { 0 };

	if (numeric && number >= UINT32_MAX)
		return fail_as(f, FAIL_USAGE, -EINVAL, "%s is no user id", text);
	while (file && (p = fgetpwent(file))) {
		if (numeric ? p->pw_uid != number : strcmp(p->pw_name, text))
			continue;
		got.uid = p->pw_uid;
		got.gid = p->pw_gid;
		find_groups(p->pw_name, &got);
		*who = got;
		return 0;
	}
	if (!numeric)
		return fail_as(f, FAIL_USAGE, -EINVAL, "no user '%s' in /etc/passwd", text);
	got.uid = got.gid = number;
	*who = got;
	return 0;
}

static uint64_t capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(__NR_capget, &header, data) < 0)
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

bool as_user_is_privileged(void)
{
	return geteuid() == 0 || capabilities();
}

bool as_user_has(unsigned capability)
{
	return capabilities() >> capability & 1;
}

static bool may_change(void)
{
	return as_user_has(CAP_SETUID) && as_user_has(CAP_SETGID);
}

/* A change between ordinary users does not drop capabilities. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[2] = { 0 };

	return syscall(__NR_capset, &header, none) < 0 ? -errno : 0;
}

static int become(const struct as_user *who)
{
	int r;

	if (may_change() && (setgroups(who->n_groups, who->groups) < 0 ||
			     setresgid(who->gid, who->gid, who->gid) < 0 ||
			     setresuid(who->uid, who->uid, who->uid) < 0))
		return -errno;
	r = who->uid ? drop_capabilities() : 0;
	if (r < 0)
		return r;
	/* After the change of user, /proc/self belongs to root. */
	prctl(PR_SET_DUMPABLE, 1);
	return 0;
}

static int read_all(int fd, void *data, size_t n)
{
	char *at = data;

	while (n) {
		ssize_t r = read(fd, at, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r < 0 ? -errno : -EPIPE;
		at += r;
		n -= r;
	}
	return 0;
}

static int pass(int fd, const struct recording *rec, int result)
{
	struct passed end = { .question_bytes = PASSED_END, .ret = result };
	int r = 0;

	for (size_t i = 0; r == 0 && i < rec->n; i++) {
		const struct recorded_call *c = &rec->calls[i];
		struct passed p = { strlen(c->question), c->size, c->ret, c->form };

		r = write_all(fd, &p, sizeof(p));
		if (r == 0)
			r = write_all(fd, c->question, p.question_bytes);
		if (r == 0)
			r = write_all(fd, c->data, p.data_bytes);
	}
	return r < 0 ? r : write_all(fd, &end, sizeof(end));
}

static int child(const struct as_user *who, ask_fn fn, void *arg, int fd, pid_t parent)
{
	struct recording rec = { 0 };
	struct kernel *k;
	int r = become(who);

	stop_with_parent(parent, SIGTERM);
	if (r < 0)
		return pass(fd, &rec, r);
	k = kernel_recorder(kernel_live(), &rec);
	r = k ? fn(k, arg) : -ENOMEM;
	/* If the parent stops reading, it reports the reason itself. */
	signal(SIGPIPE, SIG_IGN);
	r = pass(fd, &rec, r);
	kernel_free(k);
	recording_free(&rec);
	return r;
}

static int take(int fd, struct recording *rec, int *result)
{
	for (;;) {
		_cleanup_free_ char *question = NULL;
		_cleanup_free_ char *data = NULL;
		struct passed p;
		int r = read_all(fd, &p, sizeof(p));

		if (r < 0)
			return r;
		if (p.question_bytes == PASSED_END) {
			*result = p.ret;
			return 0;
		}
		question = calloc(1, (size_t)p.question_bytes + 1);
		data = malloc((size_t)p.data_bytes + 1);
		if (!question || !data)
			return -ENOMEM;
		r = read_all(fd, question, p.question_bytes);
		if (r == 0)
			r = read_all(fd, data, p.data_bytes);
		if (r == 0)
			r = recording_add(rec, question, p.ret, p.form, data, p.data_bytes);
		if (r < 0)
			return r;
	}
}

/* Waits until the child answers or ends. Signals that end this process are passed to the child, which then
 * cleans up. */
static void await_answer(int fd, pid_t pid, const struct stop_hold *stop)
{
	struct pollfd ends[2] = { { .fd = fd, .events = POLLIN },
				  { .fd = signalfd(-1, &stop->held, SFD_CLOEXEC),
				    .events = POLLIN } };

	while (poll(ends, 2, -1) < 0 && errno == EINTR)
		;
	if (ends[1].revents)
		kill(pid, SIGTERM);
	closep(&ends[1].fd);
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static bool may_become(const struct as_user *who)
{
	return may_change() || geteuid() == who->uid;
}

int as_user_ask(const struct as_user *who, ask_fn fn, void *arg, struct recording *rec,
		struct fail *f)
{
	struct recording got = { 0 };
	int ends[2], result = 0, r, sig;
	pid_t parent = getpid(), pid;
	struct stop_hold stop;

	if (!may_become(who))
		return fail_set(f, -EPERM,
				"cannot ask as uid %u: to become another user takes CAP_SETUID and "
				"CAP_SETGID, and this is uid %u without them; run it as that user, "
				"or as root",
				who->uid, geteuid());
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_set(f, -errno, "pipe: %s", strerror(errno));
	stop_hold(&stop);
	pid = fork();
	if (pid == 0) {
		stop_release(&stop);
		close(ends[0]);
		_exit(child(who, fn, arg, ends[1], parent) < 0);
	}
	r = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (r == 0) {
		await_answer(ends[0], pid, &stop);
		r = take(ends[0], &got, &result);
	}
	close(ends[0]);
	sig = pid > 0 ? wait_for(pid) : 0;
	stop_release(&stop);
	if (sig)
		r = fail_set(f, -EIO, "the child that asks as uid %u was killed by signal %d",
			     who->uid, sig);
	else if (r < 0)
		fail_set(f, r, "asking as uid %u: %s", who->uid, strerror(-r));
	else if (result < 0)
		r = fail_set(f, result, "asking as uid %u: %s", who->uid, strerror(-result));
	for (size_t i = 0; r == 0 && i < got.n; i++)
		r = recording_add(rec, got.calls[i].question, got.calls[i].ret, got.calls[i].form,
				  got.calls[i].data, got.calls[i].size);
	recording_free(&got);
	return r < 0 ? r : result;
}
