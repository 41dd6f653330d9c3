/* SPDX-License-Identifier: MIT */
#include "verify-log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "probe/lib/base.h"
#include "verify.h"

#define CHUNK 2048 /* records read at once */

_Static_assert(sizeof(struct verify_record) == 32, "a record in a log is what it is");
_Static_assert(sizeof(VERIFY_LOG_HEAD) - 1 == sizeof(struct verify_record), "records are aligned");

static uint32_t checksum(const struct verifier *v, struct verify_record r)
{
	r.crc = 0;
	return crc32c(&v->crc, 0, &r, sizeof(r));
}

static struct verify_record record_of(const struct verifier *v, uint64_t offset,
				      uint64_t generation)
{
	struct verify_record r = {
		.run = v->run,
		.offset = offset,
		.generation = generation,
		.length = v->block,
		.percent = v->percent,
	};

	r.crc = checksum(v, r);
	return r;
}

static int append(struct verify_log *log, const void *data, size_t bytes)
{
	const uint64_t at = __atomic_fetch_add(&log->end, bytes, __ATOMIC_RELAXED);

	for (size_t done = 0; done < bytes;) {
		ssize_t n = pwrite(log->fd, (const char *)data + done, bytes - done, at + done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENOSPC;
		done += n;
	}
	return fdatasync(log->fd) < 0 ? -errno : 0;
}

int verify_log_begin(struct verifier *v, int fd, const char *path, struct fail *f)
{
	struct verify_log log = { .fd = fd };
	struct verify_record head[2];
	int r;

	memcpy(&head[0], VERIFY_LOG_HEAD, sizeof(head[0]));
	head[1] = record_of(v, v->base, 0);
	r = append(&log, head, sizeof(head));
	if (r < 0)
		return fail_set(f, r, "%s: %s", path, strerror(-r));
	v->log = log;
	return 0;
}

uint64_t verify_log_records(const struct verify_log *log)
{
	return log->end / sizeof(struct verify_record) - 2;
}

/* Takes over what all blocks of the run have in common. */
static int load_head(struct verifier *v, int fd, const char *path, struct fail *f)
{
	struct verify_record head[2];
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	n = S_ISREG(st.st_mode) ? pread(fd, head, sizeof(head), 0) : 0;
	if (n < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	if (n != sizeof(head) || memcmp(&head[0], VERIFY_LOG_HEAD, sizeof(head[0])) ||
	    head[1].crc != checksum(v, head[1]) || head[1].generation ||
	    (head[1].length != VERIFY_BLOCK && head[1].length != VERIFY_SMALL))
		return fail_as(f, FAIL_USAGE, -EINVAL, "%s is no log of --verify-log", path);
	v->run = head[1].run;
	v->block = head[1].length;
	v->percent = head[1].percent;
	return 0;
}

static void take(struct verifier *v, const struct verify_record *r, struct verify_log_facts *facts)
{
	const uint64_t i = (r->offset - v->base) / v->block;

	if (r->crc != checksum(v, *r) || r->run != v->run || r->length != v->block ||
	    !r->generation || r->offset % v->block) {
		facts->skipped++;
		return;
	}
	facts->records++;
	if (r->offset < v->base || i >= v->n_cells)
		facts->outside++;
	else if (!verifier_promise(v, i, r->generation))
		facts->promised_bytes += v->block;
}

int verify_log_load(struct verifier *v, const char *path, uint64_t bytes,
		    struct verify_log_facts *facts, struct fail *f)
{
	_cleanup_free_ struct verify_record *chunk = malloc(CHUNK * sizeof(*chunk));
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct verify_log_facts seen = { 0 };
	off_t at = 2 * sizeof(*chunk);
	int r = load_head(v, fd, path, f);

	if (r == 0)
		r = verifier_map(v, bytes, f);
	if (r < 0)
		return r;
	if (!chunk)
		return fail_set(f, -ENOMEM, "out of memory");
	for (;;) {
		ssize_t n = pread(fd, chunk, CHUNK * sizeof(*chunk), at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_set(f, -errno, "%s: %s", path, strerror(errno));
		/* A record that is not whole is the last one, torn in the crash. */
		n /= sizeof(*chunk);
		if (!n)
			break;
		for (ssize_t i = 0; i < n; i++)
			take(v, &chunk[i], &seen);
		at += n * sizeof(*chunk);
	}
	v->promised = true;
	*facts = seen;
	return 0;
}

struct promises *promises_new(struct verifier *v, unsigned slots)
{
	struct promises *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->v = v;
	p->upto = calloc(slots, sizeof(*p->upto));
	if (!p->upto) {
		free(p);
		return NULL;
	}
	return p;
}

void promises_free(struct promises *p)
{
	if (!p)
		return;
	free(p->done);
	free(p->upto);
	free(p);
}

void promises_flush_starts(struct promises *p, unsigned slot)
{
	p->upto[slot] = p->first + p->n;
}

void promises_flush_done(struct promises *p, unsigned slot)
{
	if (p->upto[slot] > p->covered)
		p->covered = p->upto[slot];
}

static bool broken(const struct promises *p)
{
	return __atomic_load_n(&p->v->log.err, __ATOMIC_RELAXED);
}

static void give_up(struct promises *p, int err)
{
	int none = 0;

	__atomic_compare_exchange_n(&p->v->log.err, &none, err, false, __ATOMIC_RELAXED,
				    __ATOMIC_RELAXED);
	p->first += p->n;
	p->n = 0;
}

void promises_flush_failed(struct promises *p)
{
	give_up(p, EIO);
}

void promises_written(struct promises *p, const struct io *io, bool durable)
{
	const unsigned n = io->bytes / p->v->block;

	if (broken(p))
		return;
	if (p->n + n > p->cap) {
		size_t cap = 2 * (p->n + n);
		struct verify_record *more = reallocarray(p->done, cap, sizeof(*more));

		if (!more) {
			give_up(p, ENOMEM);
			return;
		}
		p->done = more;
		p->cap = cap;
	}
	for (unsigned i = 0; i < n; i++) {
		const uint64_t offset = io->offset + (uint64_t)i * p->v->block;

		p->done[p->n++] = record_of(p->v, offset, verifier_next_generation(p->v, offset));
	}
	if (durable)
		p->covered = p->first + p->n;
}

void promises_keep(struct promises *p)
{
	size_t n = p->covered > p->first ? p->covered - p->first : 0;
	int r;

	if (!n || broken(p))
		return;
	r = append(&p->v->log, p->done, n * sizeof(*p->done));
	if (r < 0) {
		give_up(p, -r);
		return;
	}
	memmove(p->done, p->done + n, (p->n - n) * sizeof(*p->done));
	p->n -= n;
	p->first += n;
}
