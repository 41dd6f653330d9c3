/* SPDX-License-Identifier: MIT */
#include "limits.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "probe/lib/base.h"
#include "probe/lib/stop.h"

/* Nobody, who lacks CAP_IPC_LOCK. A process that has it is not charged, root or not. */
#define OTHER_UID 65534u

/* More pages than any machine can lock. */
#define MOST_PAGES (1ul << 40)

/* Steps of one page: 4 GiB. */
#define MOST_STEPS (1ul << 20)

#define MEASURE_TRIES 4

/* Parameters and results of an attempt. */
struct measure {
	unsigned entries;
	bool as_other;
};

/* In memory shared by parent and child. */
struct measured {
	int err;
	bool exempt, locked_untold;
	unsigned uid;
	uint64_t charged, locked; /* pages */
};

/* Resources to measure how much is charged to the user: a ring, and a page to register. */
struct scale {
	int ring;
	void *page;
	struct rlimit limit;
	int weighed[3]; /* further rings set up during the measurement */
	unsigned n_weighed;
};

static int make_ring(unsigned entries)
{
	struct ring_params p = { 0 };
	int r = sys_setup(entries, &p);

	return r < 0 ? -errno : r;
}

static void allow(const struct scale *s, uint64_t pages)
{
	struct rlimit low = s->limit;

	low.rlim_cur = pages * sysconf(_SC_PAGESIZE);
	if (low.rlim_cur > low.rlim_max)
		low.rlim_cur = low.rlim_max;
	setrlimit(RLIMIT_MEMLOCK, &low);
}

/* The highest limit that can be set. */
static uint64_t most_pages(const struct scale *s)
{
	return s->limit.rlim_max == RLIM_INFINITY ? MOST_PAGES
						  : s->limit.rlim_max / sysconf(_SC_PAGESIZE);
}

/* Whether one more page can be locked with this limit. */
static bool room(const struct scale *s, uint64_t pages)
{
	struct iovec iov = { s->page, sysconf(_SC_PAGESIZE) };
	int r;

	allow(s, pages);
	r = sys_register(s->ring, REGISTER_BUFFERS, &iov, 1);
	if (r == 0)
		sys_register(s->ring, UNREGISTER_BUFFERS, NULL, 0);
	setrlimit(RLIMIT_MEMLOCK, &s->limit);
	return r == 0;
}

/* Returns the number of pages charged to the user, at least from; -EAGAIN if it is lower now, because rings
 * were torn down late. Failed attempts are cheap, so it searches upwards. */
static int64_t held(const struct scale *s, uint64_t from)
{
	uint64_t most = most_pages(s), low = from, high = from;

	if (from && room(s, from))
		return -EAGAIN;
	for (uint64_t step = 1; high == low; step *= 2) {
		if (low >= most)
			return -ENOMEM;
		high = most - low < step ? most : low + step;
		if (!room(s, high))
			low = high;
	}
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (room(s, middle))
			high = middle;
		else
			low = middle;
	}
	return high - 1;
}

/* Returns the additional charge of one more ring of this size, which stays open for now. */
static int64_t added(struct scale *s, unsigned entries, int64_t *before)
{
	int64_t after;
	int fd;

	*before = held(s, *before);
	if (*before < 0)
		return *before;
	fd = make_ring(entries);
	if (fd < 0)
		return fd;
	s->weighed[s->n_weighed++] = fd;
	after = held(s, *before);
	return after < 0 ? after : after - *before;
}

/* Two rings must have the same charge, unless there is no space for the second. *own is the charge of the
 * scale's ring, negative if there is no space to measure another one. */
static int weigh_once(struct scale *s, unsigned entries, struct measured *m, int64_t *own)
{
	int64_t locked = 0, before, charged = added(s, entries, &locked), again;

	if (charged < 0)
		return charged;
	before = locked + charged;
	again = added(s, entries, &before);
	if (again >= 0 && again != charged)
		return -EAGAIN;
	*own = added(s, 1, &before);
	m->charged = charged;
	m->locked = locked;
	return 0;
}

static void close_rings(struct scale *s)
{
	while (s->n_weighed)
		close(s->weighed[--s->n_weighed]);
	if (s->ring >= 0)
		close(s->ring);
}

/* Closed rings stay charged for a while. */
static void wait_for_teardown(void)
{
	const struct timespec pause = { .tv_nsec = 30000000 };

	nanosleep(&pause, NULL);
}

static int64_t weigh_own(struct scale *s)
{
	int64_t before = 0, own;

	wait_for_teardown();
	s->ring = make_ring(1);
	own = s->ring < 0 ? s->ring : added(s, 1, &before);
	close_rings(s);
	return own;
}

/* Finds the lowest limit with which one ring can be set up, if there is no space for the scale's ring and a
 * page. There is none if the kernel does not charge for rings. Failed attempts leave no charge. */
static int weigh_alone(struct scale *s, unsigned entries, struct measured *m)
{
	uint64_t most = most_pages(s), pages = 0;
	int fd;

	wait_for_teardown();
	fd = make_ring(entries);
	if (fd < 0)
		return fd;
	close(fd);
	wait_for_teardown();
	do {
		allow(s, pages);
		fd = make_ring(entries);
	} while (fd == -ENOMEM && pages++ < most && pages < MOST_STEPS);
	setrlimit(RLIMIT_MEMLOCK, &s->limit);
	if (fd < 0)
		return -EAGAIN;
	close(fd);
	m->charged = pages;
	m->locked = 0;
	m->locked_untold = true;
	return 0;
}

/* Counts what is permanently charged to the user, without the scale's ring. */
static int weigh(unsigned entries, struct measured *m)
{
	uint64_t last = UINT64_MAX;
	struct scale s = { 0 };
	int64_t own = -1;
	int r = -EAGAIN;

	s.page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (s.page == MAP_FAILED || getrlimit(RLIMIT_MEMLOCK, &s.limit) < 0)
		return -errno;
	for (unsigned tries = 0; tries < MEASURE_TRIES; tries++) {
		if (tries)
			wait_for_teardown();
		s.ring = make_ring(1);
		m->exempt = s.ring >= 0 && room(&s, 0);
		if (m->exempt)
			return 0;
		r = s.ring < 0 ? s.ring : weigh_once(&s, entries, m, &own);
		close_rings(&s);
		if (r < 0 && r != -ENOMEM && r != -EAGAIN)
			return r;
		if (r == 0 && own < 0)
			own = weigh_own(&s);
		if (r == 0 && own > 0)
			m->locked -= m->locked < (uint64_t)own ? m->locked : (uint64_t)own;
		if (r == 0 && (!m->locked || m->locked == last))
			return 0;
		last = m->locked;
	}
	return r == -ENOMEM ? weigh_alone(&s, entries, m) : r;
}

static void raise_limit(void)
{
	struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(RLIMIT_MEMLOCK, &l) == 0 || getrlimit(RLIMIT_MEMLOCK, &l) < 0)
		return;
	l.rlim_cur = l.rlim_max;
	setrlimit(RLIMIT_MEMLOCK, &l);
}

static void measure_here(const struct measure *what, pid_t parent, struct measured *m)
{
	raise_limit();
	if (what->as_other && setresuid(OTHER_UID, OTHER_UID, OTHER_UID) < 0) {
		m->err = -errno;
		return;
	}
	stop_with_parent(parent, SIGKILL);
	m->uid = geteuid();
	m->err = weigh(what->entries, m);
}

/* Runs in a child, because the limit of this process must not change, and no ring may remain. */
static void attempt_measure(void *arg, struct attempt *out)
{
	struct measured *m =
		mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t parent = getpid(), pid;
	int status;

	*out = (struct attempt){ 0 };
	if (m == MAP_FAILED) {
		out->err = -errno;
		return;
	}
	m->err = -EIO;
	pid = fork();
	if (pid == 0) {
		measure_here(arg, parent, m);
		_exit(0);
	}
	if (pid < 0)
		m->err = -errno;
	else
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	out->err = m->err;
	out->res = m->charged;
	out->flags = m->locked;
	snprintf(out->note, sizeof(out->note), "uid %u%s", m->uid,
		 m->exempt	    ? " exempt"
		 : m->locked_untold ? " alone"
				    : "");
	munmap(m, sizeof(*m));
}

static bool measured_exempt(const struct attempt *a)
{
	return strstr(a->note, "exempt");
}

static void ask_cost(struct kernel *k, const struct measure *what, struct attempt *a)
{
	char label[80];
	int r;

	snprintf(label, sizeof(label), "memlock charge of a ring of %u entries%s", what->entries,
		 what->as_other ? " for another user" : "");
	r = k->attempt(k, label, attempt_measure, (void *)what, a);
	if (r < 0)
		*a = (struct attempt){ .err = r };
}

void limits_ring_cost(struct kernel *k, unsigned entries, struct ring_cost *cost)
{
	struct measure what = { .entries = entries };
	struct attempt a;
	uint64_t page = kernel_page_size(k);
	bool exempt;

	ask_cost(k, &what, &a);
	exempt = a.err == 0 && measured_exempt(&a);
	if (exempt) {
		what.as_other = true;
		ask_cost(k, &what, &a);
	}
	*cost = (struct ring_cost){ .entries = entries, .err = a.err, .exempt = exempt };
	sscanf(a.note, "uid %u", &cost->uid);
	if (a.err == 0 && measured_exempt(&a))
		cost->err = -EPERM;
	if (cost->err == 0)
		cost->charged_bytes = (uint64_t)a.res * page;
	if (cost->err == 0 && !exempt)
		cost->locked_bytes = (uint64_t)a.flags * page;
	cost->locked_untold = cost->err == 0 && strstr(a.note, "alone");
}

/* In the initial namespace all IDs are mapped to themselves; others map fewer, or differently. */
static bool in_first_user_namespace(struct kernel *k)
{
	unsigned long long inside, outside, count;
	char map[256];

	if (k->read_file(k, "/proc/self/uid_map", map, sizeof(map)) <= 0 ||
	    sscanf(map, "%llu %llu %llu", &inside, &outside, &count) != 3)
		return true;
	return inside == 0 && outside == 0 && count == UINT32_MAX;
}

int limits_memlock_exempt(struct kernel *k)
{
	static const char key[] = "\nCapEff:";
	char status[4096];
	const char *at = k->read_file(k, "/proc/self/status", status, sizeof(status)) > 0
				 ? strstr(status, key)
				 : NULL;

	if (!at)
		return -1;
	return strtoull(at + strlen(key), NULL, 16) >> CAP_IPC_LOCK & 1 &&
	       in_first_user_namespace(k);
}

uint64_t limits_fit_memlock(const struct resource_limit *memlock, const struct ring_cost *cost)
{
	uint64_t used = cost->locked_bytes;

	if (cost->err == -ENOMEM)
		return 0;
	if (cost->err || !memlock->known || memlock->soft == LIMIT_NONE || !cost->charged_bytes)
		return LIMIT_NONE;
	return used < memlock->soft ? (memlock->soft - used) / cost->charged_bytes : 0;
}

static bool limit_number(const char **at, uint64_t *out)
{
	char *end;

	*at += strspn(*at, " ");
	if (!strncmp(*at, "unlimited", 9)) {
		*at += 9;
		*out = LIMIT_NONE;
		return true;
	}
	errno = 0;
	*out = strtoull(*at, &end, 10);
	if (end == *at || errno)
		return false;
	*at = end;
	return true;
}

static void find_limit(const char *text, const char *name, struct resource_limit *l)
{
	const char *at = strstr(text, name);
	struct resource_limit got = { .known = true };

	if (!at)
		return;
	at += strlen(name);
	if (limit_number(&at, &got.soft) && limit_number(&at, &got.hard))
		*l = got;
}

/* The kernel checks entries before the missing memory of a NO_MMAP ring. */
static bool legal_without_memory(struct kernel *k, unsigned entries)
{
	struct ring_params p = { .flags = SETUP_NO_MMAP };
	int r = k->setup(k, entries, &p);

	if (r >= 0)
		k->close(k, r);
	return r == -EFAULT;
}

static unsigned most_entries(struct kernel *k)
{
	struct ring_params p = { .flags = SETUP_CLAMP };
	unsigned n = 1;
	int fd;

	if (legal_without_memory(k, 1)) {
		while (n < 1u << 30 && legal_without_memory(k, 2 * n))
			n *= 2;
		return n;
	}
	fd = k->setup(k, 1u << 30, &p);
	if (fd < 0)
		return 0;
	k->close(k, fd);
	return p.sq_entries;
}

void limits_probe(struct kernel *k, unsigned entries, bool may_ring, struct limits *out)
{
	struct limits l = {
		.cost = { .entries = entries, .err = -ENODATA },
		.fit_memlock = LIMIT_NONE,
		.fit_nofile = LIMIT_NONE,
		.io_uring_disabled = -1,
	};
	char buf[4096];

	if (k->read_file(k, "/proc/self/limits", buf, sizeof(buf)) > 0) {
		find_limit(buf, "\nMax locked memory", &l.memlock);
		find_limit(buf, "\nMax open files", &l.nofile);
		find_limit(buf, "\nMax processes", &l.nproc);
	}
	if (k->read_file(k, "/proc/sys/kernel/io_uring_disabled", buf, sizeof(buf)) > 0)
		l.io_uring_disabled = atoi(buf);
	if (k->read_file(k, "/proc/sys/kernel/io_uring_group", buf, sizeof(buf)) > 0) {
		l.has_group = true;
		l.io_uring_group = atoll(buf);
	}
	if (l.nofile.known)
		l.fit_nofile = l.nofile.soft;
	if (may_ring) {
		l.max_entries = most_entries(k);
		limits_ring_cost(k, entries, &l.cost);
		l.fit_memlock = limits_fit_memlock(&l.memlock, &l.cost);
	}
	*out = l;
}
