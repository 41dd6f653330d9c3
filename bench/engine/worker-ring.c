/* SPDX-License-Identifier: MIT */
#include "worker-ring.h"

#include <liburing.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include "bench/job/contents.h"
#include "bench/job/workload.h"
#include "bench/stats/random.h"
#include "nvme.h"
#include "probe/feature/limits.h"
#include "probe/lib/base.h"

#define MAX_MEMINFO (16u << 10)

/* Optional flags without cost, newest first: each retry drops the ones that an old kernel may lack. */
struct wish {
	uint32_t flag;
	uint64_t when; /* enum when */
};

#define WISHES 5

static void wishes_of(const struct job *j, struct wish w[static WISHES])
{
	const bool sqpoll = job_sqpoll(j);

	w[0] = (struct wish){ SETUP_NO_SQARRAY, j->no_sqarray };
	w[1] = (struct wish){ SETUP_DEFER_TASKRUN, sqpoll ? WHEN_OFF : j->defer_taskrun };
	w[2] = (struct wish){ SETUP_SINGLE_ISSUER, j->single_issuer };
	w[3] = (struct wish){ SETUP_COOP_TASKRUN, sqpoll ? WHEN_OFF : j->coop_taskrun };
	w[4] = (struct wish){ SETUP_CQSIZE, j->cq_entries ? WHEN_ON : WHEN_AUTO };
	if (j->single_issuer == WHEN_OFF)
		w[1].when = WHEN_OFF;
	/* A required flag makes the flags that it needs required too. */
	if (w[1].when == WHEN_ON)
		w[2].when = WHEN_ON;
}

static void fill_params(const struct job *j, int attach, struct ring_params *p)
{
	*p = (struct ring_params){ .cq_entries = j->cq_entries ? j->cq_entries : j->iodepth };
	if (job_sqpoll(j)) {
		p->flags |= SETUP_SQPOLL;
		p->sq_thread_idle = j->sqpoll_idle / 1000000;
	}
	if (j->sqpoll >= 0) {
		p->flags |= SETUP_SQ_AFF;
		p->sq_thread_cpu = j->sqpoll;
	}
	if (attach >= 0) {
		p->flags |= SETUP_ATTACH_WQ;
		p->wq_fd = attach;
	}
	if (j->iopoll)
		p->flags |= SETUP_IOPOLL;
	if (j->hybrid)
		p->flags |= SETUP_HYBRID_IOPOLL;
	if (j->engine == ENGINE_NVME)
		p->flags |= SETUP_SQE128 | SETUP_CQE32;
}

/* EINVAL does not say which flag is meant: the newest required flag is the most likely one. */
static int refused(uint32_t flags, unsigned cpu, struct fail *f)
{
	const struct uapi_table *t = &uapi_tables[UAPI_SETUP];
	const struct uapi_row *newest = NULL;
	cpu_set_t may;

	if (flags & SETUP_SQ_AFF && sched_getaffinity(getpid(), sizeof(may), &may) == 0 &&
	    !CPU_ISSET(cpu, &may))
		return fail_as(
			f, FAIL_USAGE, -EINVAL,
			"--sqpoll=%u: this process may not use that CPU (cpuset), or it is offline",
			cpu);
	for (unsigned i = 0; i < t->n; i++)
		if (flags & 1u << t->rows[i].number &&
		    (!newest || t->rows[i].since.major > newest->since.major ||
		     (t->rows[i].since.major == newest->since.major &&
		      t->rows[i].since.minor > newest->since.minor)))
			newest = &t->rows[i];
	if (!newest)
		return fail_set(f, -EINVAL, "io_uring_setup: %s", strerror(EINVAL));
	return fail_as(
		f, FAIL_UNAVAILABLE, -EINVAL,
		"the kernel refuses the ring asked for; of its flags %s is the newest (came with "
		"%u.%u): see uringtool probe",
		newest->name, newest->since.major, newest->since.minor);
}

/* A process that is not charged is really out of memory. */
static void explain_memlock(uint64_t bytes, struct fail *f)
{
	struct rlimit l;
	size_t len = strlen(f->msg);

	if (f->err != -ENOMEM || getrlimit(RLIMIT_MEMLOCK, &l) < 0 || l.rlim_cur == RLIM_INFINITY ||
	    limits_memlock_exempt(kernel_live()) > 0)
		return;
	snprintf(f->msg + len, sizeof(f->msg) - len,
		 ": %llu bytes that count as locked memory, of which all programs of this user may "
		 "have "
		 "%llu; raise the limit (ulimit -l), or ask for less",
		 (unsigned long long)bytes, (unsigned long long)l.rlim_cur);
}

static uint64_t entries_up(uint64_t n)
{
	uint64_t up = 1;

	while (up < n)
		up *= 2;
	return up;
}

/* Size of the rings in the kernel, without their header. */
static uint64_t ring_bytes(const struct job *j, const struct ring_params *p)
{
	uint64_t sq = entries_up(j->iodepth);
	uint64_t cq = p->flags & SETUP_CQSIZE ? entries_up(p->cq_entries) : 2 * sq;

	return sq * (p->flags & SETUP_SQE128 ? 128 : 64) + cq * (p->flags & SETUP_CQE32 ? 32 : 16) +
	       (p->flags & SETUP_NO_SQARRAY ? 0 : sq * sizeof(uint32_t));
}

static int open_ring(struct worker_ring *wr, const struct job *j, int attach, struct fail *f)
{
	struct wish wishes[WISHES];
	struct ring_params p;
	unsigned step = 0, tries = 0;
	int r;

	fill_params(j, attach, &p);
	wishes_of(j, wishes);
	for (unsigned i = 0; i < WISHES; i++)
		if (wishes[i].when != WHEN_OFF)
			p.flags |= wishes[i].flag;
	for (;;) {
		r = ring_open(kernel_live(), j->iodepth, &p, &wr->ring, f);
		if (memlock_patience(r, &tries))
			continue;
		while (step < WISHES && wishes[step].when != WHEN_AUTO)
			step++;
		if (r != -EINVAL || step == WISHES)
			break;
		p.flags &= ~wishes[step].flag;
		if (wishes[step++].flag == SETUP_CQSIZE)
			p.cq_entries = 0;
	}
	if (r == -ENOMEM)
		explain_memlock(ring_bytes(j, &p), f);
	return r == -EINVAL ? refused(p.flags, p.sq_thread_cpu, f) : r;
}

static void register_ring(struct worker_ring *wr, const struct job *j)
{
	struct io_uring_rsrc_update slot = { .offset = -1u, .data = wr->ring.fd };

	wr->enter_fd = wr->ring.fd;
	if (j->registered_ring == WHEN_OFF ||
	    sys_register(wr->ring.fd, REGISTER_RING_FDS, &slot, 1) != 1)
		return;
	wr->enter_fd = slot.offset;
	wr->enter_flags = ENTER_REGISTERED_RING;
}

/* A page is counted once for each buffer that contains it. */
static uint64_t locked_bytes(const struct worker_ring *wr, unsigned n)
{
	const uint64_t page = sysconf(_SC_PAGESIZE);

	return n * ((wr->stride + page - 1) / page * page);
}

/* Up to 6.1 a passthrough command has a segment for each page from its start to the end of its registered
 * buffer, whatever its length, and more than max_segments fail. So each I/O has a registered buffer of its
 * own. */
static int register_buffers(struct worker_ring *wr, const struct job *j, struct fail *f)
{
	unsigned n = job_buffers(j);
	_cleanup_free_ struct iovec *buffers = calloc(n, sizeof(*buffers));
	int r;

	if (!buffers)
		return fail_set(f, -ENOMEM, "out of memory");
	for (unsigned i = 0; i < n; i++)
		buffers[i] = (struct iovec){ wr->buffers + i * wr->stride, wr->stride };
	if (sys_register(wr->ring.fd, REGISTER_BUFFERS, buffers, n) < 0) {
		r = fail_set(f, -errno, "registering %u buffers of %zu bytes: %s", n, wr->stride,
			     strerror(errno));
		explain_memlock(locked_bytes(wr, n), f);
		return r;
	}
	wr->fixed_bufs = true;
	return 0;
}

static int register_resources(struct worker_ring *wr, const struct job *j, int fd, struct fail *f)
{
	uint32_t workers[2] = { j->workers, j->workers };
	int r = j->fixedbufs ? register_buffers(wr, j, f) : 0;

	if (r < 0)
		return r;
	if (j->registerfiles) {
		if (sys_register(wr->ring.fd, REGISTER_FILES, &fd, 1) < 0)
			return fail_set(f, -errno, "registering the file: %s", strerror(errno));
		wr->fixed_files = true;
	}
	if (j->workers && sys_register(wr->ring.fd, REGISTER_IOWQ_MAX_WORKERS, workers, 2) < 0)
		return fail_as(f, errno == EINVAL ? FAIL_UNAVAILABLE : FAIL_RUNTIME, -errno,
			       "limiting the workers: %s", strerror(errno));
	register_ring(wr, j);
	if (j->registered_ring == WHEN_ON && !wr->enter_flags)
		return fail_as(f, FAIL_UNAVAILABLE, -EOPNOTSUPP,
			       "this kernel does not register rings (came with 5.18)");
	return 0;
}

uint64_t worker_ring_huge_page(struct kernel *k)
{
	static const char key[] = "\nHugepagesize:";
	char text[MAX_MEMINFO];
	unsigned long long kib = 0;
	const char *line =
		k->read_file(k, "/proc/meminfo", text, sizeof(text)) > 0 ? strstr(text, key) : NULL;

	if (line)
		sscanf(line + strlen(key), "%llu kB", &kib);
	return kib << 10;
}

/* munmap(2) of huge pages needs a multiple of the huge page size. */
static int round_to_huge(size_t *bytes, struct fail *f)
{
	const uint64_t page = worker_ring_huge_page(kernel_live());

	if (!page)
		return fail_as(f, FAIL_UNAVAILABLE, -EOPNOTSUPP, "this kernel has no huge pages");
	*bytes = (*bytes + page - 1) / page * page;
	return 0;
}

/* Trims need no buffers, except with passthrough, where the drive reads from memory what to trim. */
static size_t buffer_size(const struct job *j, const struct io_sizes *sizes)
{
	if (j->rw == RW_NOP)
		return 0;
	if (job_trims(j))
		return j->engine == ENGINE_NVME ? sizeof(struct nvme_range) : 0;
	return sizes->max;
}

static int allocate(struct worker_ring *wr, const struct job *j, unsigned index, struct fail *f)
{
	const bool huge = j->hugepages && !job_trims(j);
	uint64_t rng = random_seed(j->seed, ~(uint64_t)index);
	struct io_sizes sizes;
	unsigned percent;
	size_t bytes, used;
	int r = io_parse(j, &sizes, NULL, NULL, f);

	if (r == 0)
		r = contents_parse(j, &percent, f);
	if (r < 0)
		return r;
	wr->stride = buffer_size(j, &sizes);
	if (!wr->stride)
		return 0;
	bytes = used = job_buffers(j) * wr->stride;
	if (job_mixed(j))
		wr->writes_from = j->iodepth;
	if (huge)
		r = round_to_huge(&bytes, f);
	if (r < 0)
		return r;
	wr->buffers = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | (huge ? MAP_HUGETLB : 0), -1, 0);
	if (wr->buffers == MAP_FAILED) {
		wr->buffers = NULL;
		return fail_as(f, huge ? FAIL_UNAVAILABLE : FAIL_RUNTIME, -errno,
			       "%zu bytes of buffers: %s%s", bytes, strerror(errno),
			       huge ? "; give the machine more with sysctl vm.nr_hugepages" : "");
	}
	wr->huge = huge;
	wr->buffer_bytes = bytes;
	contents_fill(&rng, percent, (unsigned char *)wr->buffers, used);
	return 0;
}

int worker_ring_open(struct worker_ring *wr, const struct job *job, unsigned index, int fd,
		     int attach, struct fail *f)
{
	int r = allocate(wr, job, index, f);

	if (r == 0)
		r = open_ring(wr, job, attach, f);
	return r < 0 ? r : register_resources(wr, job, fd, f);
}

void worker_ring_close(struct worker_ring *wr)
{
	ring_close(&wr->ring);
	if (wr->buffers)
		munmap(wr->buffers, wr->buffer_bytes);
	wr->buffers = NULL;
}
