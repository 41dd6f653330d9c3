/* SPDX-License-Identifier: MIT */
#include "precondition.h"

#include <math.h>
#include <string.h>

#include "probe/lib/base.h"

#define DEPTH	  32
#define MAX_TIMES 100

static bool parse_sprandom(const char *text, double *op)
{
	static const char word[] = "sprandom";
	struct job job = { .rw = RW_RANDWRITE, .bs = PRECONDITION_BLOCK, .random = text };

	return !strncmp(text, word, strlen(word)) && io_parse(&job, NULL, NULL, op, NULL) == 0;
}

int precondition_parse(const char *text, struct precondition_ask *ask, struct fail *f)
{
	char *end;
	double times = *text ? strtod(text, &end) : PRECONDITION_TIMES, op;

	if (parse_sprandom(text, &op)) {
		ask->sprandom = op;
		return 0;
	}
	if (*text && (end == text || strcmp(end, "x") || !(times > 0 && times <= MAX_TIMES)))
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "--precondition: '%s' is not like 2x or 0.5x, up to %ux, nor "
			       "sprandom or sprandom:OP (0.01 to 1)",
			       text, MAX_TIMES);
	ask->times = times;
	return 0;
}

struct job precondition_opening(const struct job *job)
{
	struct job opening = *job;

	opening.rw = RW_WRITE;
	return opening;
}

/* A job that only writes, as much as the limit says, without options for measuring. */
static struct job writer(const struct job *job, uint64_t bytes)
{
	struct job j = *job;

	j.rwmixread = 0;
	j.rate = NULL;
	j.runtime = JOB_FOREVER;
	j.ramp = j.interval = 0;
	j.fsync = j.fdatasync = 0;
	j.dsync = j.iopoll = j.hybrid = false;
	j.verify = VERIFY_OFF;
	j.lat = LAT_BATCH;
	j.max_errors = 0;
	j.io_limit = (bytes + j.numjobs - 1) / j.numjobs;
	/* Offsets that differ from the job's own. */
	j.seed = ~job->seed;
	return j;
}

static struct job in_sequence(const struct job *job, const struct target *t, uint64_t bytes)
{
	struct job j = writer(job, bytes);
	const bool fits = t->size >= PRECONDITION_BLOCK &&
			  (!t->nvme.max_bytes || t->nvme.max_bytes >= PRECONDITION_BLOCK);
	struct io_sizes sizes;

	io_parse(job, &sizes, NULL, NULL, NULL);
	j.rw = RW_WRITE;
	j.bssplit = j.bsrange = NULL;
	j.bs = fits ? PRECONDITION_BLOCK : sizes.min;
	j.numjobs = 1;
	j.io_limit = bytes;
	j.iodepth = DEPTH;
	j.batch_submit = 0;
	j.batch_complete = 1;
	j.cq_entries = 0;
	return j;
}

static struct job at_random(const struct job *job, uint64_t bytes)
{
	struct job j = writer(job, bytes);

	j.rw = RW_RANDWRITE;
	return j;
}

static int pass(const struct job *job, struct target *t, const volatile int *stop,
		const struct follower *who, struct precondition_pass *out, struct fail *f)
{
	_cleanup_free_ struct result *res = calloc(1, sizeof(*res));
	int r = res ? bench_on(job, t, stop, who->progress, who->arg, res, f)
		    : fail_set(f, -ENOMEM, "out of memory");

	if (r < 0)
		return r;
	result_free(res);
	if (!res->complete && !*stop)
		return fail_set(f, -EIO, "preconditioning: %s",
				res->n_reasons ? res->reasons[0] : "it ended early");
	if (!res->complete)
		return fail_set(f, -EINTR, "interrupted while the target was preconditioned");
	*out = (struct precondition_pass){
		.bytes = res->total.bytes,
		.elapsed_ns = res->elapsed_ns,
		.iops = res->total.iops,
		.bw = res->total.bw,
	};
	return 0;
}

/* The smallest blocks of the job, because every block is to be written. */
static int one_pass(const struct job *job, struct target *t, const volatile int *stop,
		    const struct follower *who, struct precondition *p, struct fail *f)
{
	struct io_sizes sizes;
	struct sprandom plan;
	char order[48];
	struct job j;

	io_parse(job, &sizes, NULL, NULL, NULL);
	sprandom_init(&plan, t->size / sizes.min, p->sprandom);
	snprintf(order, sizeof(order), "sprandom:%g", p->sprandom);
	j = writer(job, plan.total * sizes.min);
	j.rw = RW_RANDWRITE;
	j.bssplit = j.bsrange = NULL;
	j.bs = sizes.min;
	j.random = order;
	follow_step(who, "preconditioning, at random, one pass");
	return pass(&j, t, stop, who, &p->random, f);
}

static int write_all_of(const struct job *job, struct target *t, const volatile int *stop,
			const struct follower *who, struct precondition *p, struct fail *f)
{
	const uint64_t bytes = ceil(t->size * p->times);
	struct job j = in_sequence(job, t, bytes);
	int r;

	follow_step(who, "preconditioning, in sequence");
	r = pass(&j, t, stop, who, &p->sequential, f);
	if (r == 0 && job_random(job) && job_writes(job)) {
		follow_step(who, "preconditioning, at random");
		j = at_random(job, bytes);
		r = pass(&j, t, stop, who, &p->random, f);
	}
	return r;
}

int precondition_run(const struct job *job, struct target *t, const struct precondition_ask *ask,
		     const volatile int *stop, const struct follower *who, struct precondition *out,
		     struct fail *f)
{
	struct precondition p = { .times = ask->times, .sprandom = ask->sprandom };
	int r = 0;

	if (ask->purge) {
		follow_step(who, "purge");
		r = purge_run(t, ask->purge, stop, &p.purge, f);
	}
	if (r == 0 && ask->times)
		r = write_all_of(job, t, stop, who, &p, f);
	else if (r == 0 && ask->sprandom)
		r = one_pass(job, t, stop, who, &p, f);
	if (r < 0)
		return r;
	/* Passthrough bypasses every cache that fsync(2) could flush. */
	if (!t->nvme.nsid && fsync(t->fd) < 0)
		return fail_set(f, -errno, "preconditioning: fsync: %s", strerror(errno));
	*out = p;
	return 0;
}

int precondition_open(const struct job *job, const char *path, const struct precondition_ask *ask,
		      const volatile int *stop, const struct follower *who, struct target *out,
		      struct precondition *pre, struct fail *f)
{
	const bool asked = precondition_asked(ask);
	const struct job opening = asked ? precondition_opening(job) : *job;
	struct target t;
	int r;

	if (asked && job->rw == RW_NOP)
		return fail_as(f, FAIL_USAGE, -EINVAL, "nop has no target to %s",
			       ask->times || ask->sprandom ? "precondition" : "purge");
	r = target_open(&opening, path, stop, &t, f);
	if (r < 0)
		return r;
	if (asked)
		r = precondition_run(job, &t, ask, stop, who, pre, f);
	if (r < 0)
		target_close(&t, false);
	else
		*out = t;
	return r;
}
