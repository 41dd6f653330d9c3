/* SPDX-License-Identifier: MIT */
#include "verified.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "probe/lib/base.h"

/* Drops the page cache, so that the medium is read. */
static void drop_cache(const struct target *t)
{
	fdatasync(t->fd);
	posix_fadvise(t->fd, 0, 0, POSIX_FADV_DONTNEED);
}

/* Reads back everything that was, or may have been, written. */
static int run_pass(const struct job *job, const struct target *t, struct verifier *v,
		    const volatile int *stop, progress_fn progress, void *arg, struct result *res,
		    struct fail *f)
{
	struct job pass;

	job_read_back(job, &pass);
	if (!job->direct)
		drop_cache(t);
	return run_crew(&pass, t, v, stop, progress, arg, res, f);
}

static void free_verifier(struct verifier **v)
{
	if (*v)
		verifier_close(*v);
	free(*v);
}

/* Whether both are on the same file system. */
static bool beside(const struct target *t, int fd)
{
	struct stat a, b;

	return !t->block && fstat(t->fd, &a) == 0 && fstat(fd, &b) == 0 && a.st_dev == b.st_dev;
}

/* Writes, with a log of what is durable if the job asks for one, and reads back. */
static int run_writes(const struct job *job, const struct target *t, struct verifier *v,
		      const volatile int *stop, progress_fn progress, void *arg, struct result *res,
		      struct fail *f)
{
	_cleanup_free_ struct result *pass = calloc(1, sizeof(*pass));
	_cleanup_close_ int fd = -1;
	int r = 0;

	if (!pass)
		return fail_set(f, -ENOMEM, "out of memory");
	if (job->verify_log) {
		r = fd = target_create(job->verify_log, f);
		if (r >= 0)
			r = verify_log_begin(v, fd, job->verify_log, f);
	}
	if (r >= 0)
		r = run_crew(job, t, v, stop, progress, arg, res, f);
	if (r < 0 && fd >= 0)
		unlink(job->verify_log);
	if (r < 0)
		return r;
	if (fd >= 0 && beside(t, fd))
		result_warn(res, "the log is on the file system of the target: what loses one may "
				 "lose the other");
	if (v->log.err)
		result_doubt(
			res,
			"nothing is promised after a failure to flush, or to write the log: %s",
			strerror(v->log.err));
	/* An interrupted run is not read back. */
	if (!v->cells || !res->complete)
		return 0;
	r = run_pass(job, t, v, stop, progress, arg, pass, f);
	if (r == 0)
		result_take_pass(res, pass);
	return r;
}

static int run_check(const struct job *job, const struct target *t, struct verifier *v,
		     const volatile int *stop, progress_fn progress, void *arg, struct result *res,
		     struct fail *f)
{
	struct verify_log_facts log = { 0 };
	int r = job->verify_log ? verify_log_load(v, job->verify_log, t->size, &log, f) : 0;

	if (r == 0)
		r = run_pass(job, t, v, stop, progress, arg, res, f);
	if (r < 0)
		return r;
	res->log = log;
	result_take_pass(res, res);
	return 0;
}

int run_verified(const struct job *job, const struct target *t, const volatile int *stop,
		 progress_fn progress, void *arg, struct result *res, struct fail *f)
{
	_cleanup_(free_verifier) struct verifier *v = calloc(1, sizeof(*v));
	int r;

	if (!v)
		return fail_set(f, -ENOMEM, "out of memory");
	r = verifier_open(v, job, t->base, t->size, f);
	if (r == 0)
		r = (job->verify_only ? run_check : run_writes)(job, t, v, stop, progress, arg, res,
								f);
	if (r < 0)
		return r;
	if (!job->verify_only && job->verify_log)
		res->log.records = verify_log_records(&v->log);
	res->verify_block = v->cells ? v->block : 0;
	res->checksum_by = v->crc.name;
	res->verify_memory = v->n_cells * sizeof(*v->cells);
	result_judge_data(res);
	return 0;
}
