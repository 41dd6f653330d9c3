/* SPDX-License-Identifier: MIT */
#include "engine.h"

#include <liburing.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "probe/base.h"
#include "random.h"

/* SQEs published, and stamped, at once. */
#define BATCH 32
/* Completions that are taken in less time than a stamp costs. */
#define FEW 4
/* Looks at an empty CQ before the SQPOLL application sleeps. */
#define SPINS 2000
/* In user_data beside the slot. */
#define IS_WRITE (1ull << 32)

/* What the loop touches, in one place. */
struct loop {
	struct worker *w;
	uint32_t *sq_head, *sq_tail, *sq_flags, *cq_head, *cq_tail;
	uint32_t sq_mask, cq_mask, tail;
	struct io_uring_sqe *sqes;
	const struct io_uring_cqe *cqes;
	unsigned in_flight, n_free, reaped; /* the last: by the latest look at the CQ */
	int want;			    /* the result of an I/O */
	uint32_t *free;			    /* slots, a stack */
	uint64_t *start;		    /* per slot: ticks at submission */
	uint64_t *offset;		    /* per slot */
	uint64_t now;			    /* the latest stamp, ticks */
	uint64_t rng, blocks, next_block;
	bool sqpoll, random, mixed, nop;
	uint8_t op[DIRS];
	unsigned only; /* direction when not mixed */
	uint64_t mix;  /* a random number below this means a read */
};

/* Flags that cost nothing and save something, newest first: each step drops what a kernel may lack. */
static const uint32_t dropped_in_turn[] = {
	SETUP_NO_SQARRAY,   SETUP_DEFER_TASKRUN, SETUP_SINGLE_ISSUER,
	SETUP_COOP_TASKRUN, SETUP_CQSIZE,
};

static int open_ring(struct worker *w, struct fail *f)
{
	const struct job *j = w->job;
	struct ring_params p = { .cq_entries = j->iodepth };
	unsigned step = 0;
	int r;

	p.flags = SETUP_CQSIZE | SETUP_SINGLE_ISSUER | SETUP_NO_SQARRAY;
	if (job_sqpoll(j))
		p.flags |= SETUP_SQPOLL;
	else
		p.flags |= SETUP_COOP_TASKRUN | SETUP_DEFER_TASKRUN;
	if (j->sqpoll >= 0) {
		p.flags |= SETUP_SQ_AFF;
		p.sq_thread_cpu = j->sqpoll;
	}
	if (j->iopoll)
		p.flags |= SETUP_IOPOLL;
	while ((r = ring_open(kernel_live(), j->iodepth, &p, &w->ring, f)) == -EINVAL &&
	       step < ARRAY_SIZE(dropped_in_turn)) {
		p.flags &= ~dropped_in_turn[step];
		if (dropped_in_turn[step++] == SETUP_CQSIZE)
			p.cq_entries = 0;
	}
	return r;
}

static void register_ring(struct worker *w)
{
	struct io_uring_rsrc_update slot = { .offset = -1u, .data = w->ring.fd };

	w->enter_fd = w->ring.fd;
	if (sys_register(w->ring.fd, REGISTER_RING_FDS, &slot, 1) != 1)
		return;
	w->enter_fd = slot.offset;
	w->enter_flags = ENTER_REGISTERED_RING;
}

static int register_resources(struct worker *w, struct fail *f)
{
	struct iovec region = { w->buffers, w->buffer_bytes };

	if (w->job->fixedbufs) {
		if (sys_register(w->ring.fd, REGISTER_BUFFERS, &region, 1) < 0)
			return fail_set(f, -errno, "registering %zu bytes of buffers: %s%s",
					w->buffer_bytes, strerror(errno),
					errno == ENOMEM ? " (raise the memlock limit: ulimit -l)"
							: "");
		w->fixed_bufs = true;
	}
	if (w->job->registerfiles) {
		if (sys_register(w->ring.fd, REGISTER_FILES, &w->fd, 1) < 0)
			return fail_set(f, -errno, "registering the file: %s", strerror(errno));
		w->fixed_files = true;
	}
	return 0;
}

static int allocate(struct worker *w, struct fail *f)
{
	const struct job *j = w->job;
	uint64_t rng = random_seed(j->seed, ~(uint64_t)w->index);

	w->tally = calloc(DIRS, sizeof(*w->tally));
	w->trouble = calloc(1, sizeof(*w->trouble));
	if (!w->tally || !w->trouble)
		return fail_set(f, -ENOMEM, "out of memory");
	if (j->rw == RW_NOP)
		return 0;
	w->buffers = mmap(NULL, j->iodepth * j->bs, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (w->buffers == MAP_FAILED) {
		w->buffers = NULL;
		return fail_set(f, -errno, "%llu bytes of buffers: %s",
				(unsigned long long)(j->iodepth * j->bs), strerror(errno));
	}
	w->buffer_bytes = j->iodepth * j->bs;
	random_fill(&rng, (unsigned char *)w->buffers, w->buffer_bytes);
	return 0;
}

int worker_open(struct worker *w, struct fail *f)
{
	int r = allocate(w, f);

	if (r == 0)
		r = open_ring(w, f);
	if (r == 0)
		r = register_resources(w, f);
	if (r == 0)
		register_ring(w);
	return r;
}

void worker_close(struct worker *w)
{
	ring_close(&w->ring);
	if (w->buffers)
		munmap(w->buffers, w->buffer_bytes);
	free(w->tally);
	free(w->trouble);
	w->buffers = NULL;
	w->tally = NULL;
	w->trouble = NULL;
}

static int loop_init(struct loop *l, struct worker *w)
{
	const struct job *j = w->job;
	const struct ring_params *p = &w->ring.p;

	*l = (struct loop){
		.w = w,
		.sq_head = ring_sq_field(&w->ring, p->sq_off.head),
		.sq_tail = ring_sq_field(&w->ring, p->sq_off.tail),
		.sq_flags = ring_sq_field(&w->ring, p->sq_off.flags),
		.cq_head = ring_cq_field(&w->ring, p->cq_off.head),
		.cq_tail = ring_cq_field(&w->ring, p->cq_off.tail),
		.sq_mask = p->sq_entries - 1,
		.cq_mask = p->cq_entries - 1,
		.sqes = w->ring.sqes.addr,
		.cqes = (void *)(ring_cq_base(&w->ring) + p->cq_off.cqes),
		.n_free = j->iodepth,
		.want = j->rw == RW_NOP ? 0 : j->bs,
		.rng = random_seed(j->seed, w->index),
		.sqpoll = p->flags & SETUP_SQPOLL,
		.random = job_random(j),
		.mixed = j->rw == RW_RW || j->rw == RW_RANDRW,
		.nop = j->rw == RW_NOP,
		.only = job_writes(j) ? DIR_WRITE : DIR_READ,
		.mix = j->rwmixread * (UINT64_MAX / 100),
	};
	if (j->rwmixread == 100)
		l->mix = UINT64_MAX;
	l->op[DIR_READ] = l->nop ? OP_NOP : w->fixed_bufs ? OP_READ_FIXED : OP_READ;
	l->op[DIR_WRITE] = w->fixed_bufs ? OP_WRITE_FIXED : OP_WRITE;
	l->blocks = l->nop ? 1 : w->size / j->bs;
	/* Sequential jobs start apart, so that they do not read each other's cache. */
	l->next_block = l->blocks / j->numjobs * w->index;
	l->free = calloc(j->iodepth, sizeof(*l->free));
	l->start = calloc(j->iodepth, sizeof(*l->start));
	l->offset = calloc(j->iodepth, sizeof(*l->offset));
	if (!l->free || !l->start || !l->offset)
		return -ENOMEM;
	for (unsigned i = 0; i < j->iodepth; i++)
		l->free[i] = i;
	for (unsigned i = 0; i < p->sq_entries; i++) {
		if (!(p->flags & SETUP_NO_SQARRAY))
			ring_sq_field(&w->ring, p->sq_off.array)[i] = i;
		/* What no I/O changes is written once. */
		l->sqes[i] = (struct io_uring_sqe){
			.opcode = l->op[l->only],
			.flags = w->fixed_files ? SQEF_FIXED_FILE : 0,
			.fd = w->fixed_files ? 0 : w->fd,
			.len = l->nop ? 0 : j->bs,
		};
	}
	return 0;
}

static void loop_free(struct loop *l)
{
	free(l->free);
	free(l->start);
	free(l->offset);
}

static inline uint64_t next_block(struct loop *l)
{
	uint64_t b = l->next_block;

	if (l->random)
		return random_below(&l->rng, l->blocks);
	l->next_block = b + 1 == l->blocks ? 0 : b + 1;
	return b;
}

/* Fills SQEs from free slots and publishes them at once. */
static void prepare(struct loop *l)
{
	const struct job *j = l->w->job;
	unsigned n = l->n_free < BATCH ? l->n_free : BATCH;

	/* Right after a few completions their stamp will do. */
	if (!l->reaped || l->reaped > FEW)
		l->now = clock_ticks(l->w->clock);
	for (unsigned i = 0; i < n; i++) {
		uint32_t slot = l->free[--l->n_free];
		struct io_uring_sqe *sqe = &l->sqes[l->tail++ & l->sq_mask];
		bool write = l->only;

		if (l->mixed) {
			write = random_next(&l->rng) >= l->mix && l->mix != UINT64_MAX;
			sqe->opcode = l->op[write];
		}
		if (!l->nop) {
			uint64_t offset = next_block(l) * j->bs;

			l->offset[slot] = offset;
			sqe->off = offset;
			sqe->addr = (uintptr_t)l->w->buffers + slot * j->bs;
		}
		sqe->user_data = slot | (write ? IS_WRITE : 0);
		l->start[slot] = l->now;
	}
	__atomic_store_n(l->sq_tail, l->tail, __ATOMIC_RELEASE);
	l->in_flight += n;
}

static void note_trouble(struct loop *l, int res, uint32_t slot, bool write)
{
	struct trouble *t = l->w->trouble;

	if (!t->failed && !t->short_ios) {
		t->first_res = res;
		t->first_offset = l->offset[slot];
		t->first_write = write;
	}
	t->by_direction[write]++;
	if (res >= 0) {
		t->short_ios++;
		return;
	}
	t->failed++;
	t->by_errno[-res < MAX_ERRNO ? -res : 0]++;
}

/* I/Os that were published together and complete together have one latency. */
struct run {
	uint64_t start;
	unsigned n;
	bool write;
};

static inline void count_run(const struct loop *l, const struct run *run)
{
	struct tally *t = &l->w->tally[run->write];

	if (!run->n)
		return;
	hist_add(&t->lat, clock_ns(l->w->clock, l->now - run->start), run->n);
	hist_bump(&t->bytes, run->n * (uint64_t)l->want);
}

/* Takes all completions that are there. */
static void reap(struct loop *l, bool count)
{
	uint32_t head = *l->cq_head, tail = __atomic_load_n(l->cq_tail, __ATOMIC_ACQUIRE);
	struct run run = { .n = 0 };

	l->reaped = tail - head;
	if (!l->reaped)
		return;
	l->now = clock_ticks(l->w->clock);
	for (; head != tail; head++) {
		const struct io_uring_cqe *cqe = &l->cqes[head & l->cq_mask];
		uint32_t slot = cqe->user_data;
		bool write = cqe->user_data & IS_WRITE;

		l->free[l->n_free++] = slot;
		if (__builtin_expect(cqe->res != l->want, 0)) {
			if (cqe->res == -EAGAIN)
				l->w->retries++;
			else
				note_trouble(l, cqe->res, slot, write);
			continue;
		}
		if (!count)
			continue;
		if (l->start[slot] != run.start || write != run.write) {
			count_run(l, &run);
			run = (struct run){ .start = l->start[slot], .write = write };
		}
		run.n++;
	}
	count_run(l, &run);
	__atomic_store_n(l->cq_head, head, __ATOMIC_RELEASE);
	l->in_flight -= l->reaped;
}

/* io_uring_enter() without the C library's detour over errno. */
static inline long raw_enter(int fd, unsigned to_submit, unsigned wait, unsigned flags)
{
#if defined(__x86_64__)
	register long r10 __asm__("r10") = flags, r8 __asm__("r8") = 0, r9 __asm__("r9") = 0;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(__NR_io_uring_enter), "D"(fd), "S"(to_submit), "d"(wait), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
#else
	int ret = sys_enter(fd, to_submit, wait, flags, NULL, 0);

	return ret < 0 ? -errno : ret;
#endif
}

static int enter(struct loop *l, unsigned to_submit, unsigned wait, unsigned flags)
{
	int r = raw_enter(l->w->enter_fd, to_submit, wait, flags | l->w->enter_flags);

	return r == -EINTR || r == -EAGAIN || r == -EBUSY ? 0 : r;
}

static inline void cpu_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* The SQPOLL thread submits. Waiting spins first, as its user bought a core for speed, and sleeps
 * when that takes long, so that a shared core is given up. */
static int drive_sqpoll(struct loop *l)
{
	unsigned flags = 0;

	/* The thread must see the tail before this looks whether it sleeps. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(l->sq_flags, __ATOMIC_RELAXED) & SQ_NEED_WAKEUP)
		flags = ENTER_SQ_WAKEUP;
	for (unsigned i = 0; !flags && i < SPINS; i++) {
		if (__atomic_load_n(l->cq_tail, __ATOMIC_ACQUIRE) != *l->cq_head)
			return 0;
		cpu_relax();
	}
	return enter(l, 0, 1, flags | ENTER_GETEVENTS);
}

static int drive(struct loop *l)
{
	uint32_t unsubmitted;

	if (l->sqpoll)
		return drive_sqpoll(l);
	unsubmitted = l->tail - __atomic_load_n(l->sq_head, __ATOMIC_ACQUIRE);
	return enter(l, unsubmitted, 1, ENTER_GETEVENTS);
}

static bool in_trouble(const struct worker *w)
{
	return w->trouble->failed || w->trouble->short_ios;
}

void worker_run(struct worker *w)
{
	struct loop l;
	uint64_t end;
	int r = loop_init(&l, w);

	w->started_ns = mono_ns();
	end = clock_ticks(w->clock) + clock_from_ns(w->clock, w->job->runtime);
	while (r >= 0) {
		prepare(&l);
		r = drive(&l);
		reap(&l, true);
		if (l.now >= end || *w->stop || in_trouble(w) ||
		    __atomic_load_n(w->halt, __ATOMIC_RELAXED))
			break;
	}
	w->ended_ns = mono_ns();
	if (r < 0 || in_trouble(w))
		__atomic_store_n(w->halt, 1, __ATOMIC_RELAXED);
	while (r >= 0 && l.in_flight) {
		r = drive(&l);
		reap(&l, false);
	}
	w->err = r < 0 ? r : 0;
	loop_free(&l);
}
