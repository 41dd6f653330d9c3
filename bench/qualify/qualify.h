/* SPDX-License-Identifier: MIT */
/* A plan, run on this machine and its devices, and what it came to. */
#ifndef BENCH_QUALIFY_QUALIFY_H
#define BENCH_QUALIFY_QUALIFY_H

#include "bench/method/precondition.h"
#include "bench/method/steady.h"
#include "bench/run/run.h"
#include "plan.h"
#include "probe/feature/probe.h"
#include "probe/lib/base.h"

enum check_verdict {
	CHECK_PASSES,
	CHECK_FAILS,
	CHECK_SKIPPED, /* there is nothing here that could be measured so */
	CHECK_INVALID, /* it was tried, and the answer cannot be trusted */
	CHECK_VERDICTS,
};

extern const char *const check_verdict_names[CHECK_VERDICTS];

enum check_kind {
	CHECK_REQUIREMENT,
	CHECK_APPLICATION,
	CHECK_DEVICE,
	CHECK_BENCH,
	CHECK_SPREAD, /* between devices */
	CHECK_KINDS,
};

extern const char *const check_kind_names[CHECK_KINDS];

/* One thing that was to hold. */
struct check {
	char *id, *title; /* "randread-4k/nvme0n1/iops"; no two are the same */
	enum check_kind kind;
	int device;			/* index, -1: of the machine, or of all devices */
	const struct plan_bench *bench; /* or NULL */
	bool required;
	enum check_verdict verdict;
	char why[300];		   /* "" when it passed */
	const struct limit *bound; /* or NULL */
	struct value value;	   /* the median of the runs */
	uint64_t duration_ns;	   /* of the measurements that it rests on */
};

enum run_state {
	RUN_MISSING, /* nothing is known of it */
	RUN_FAILED,  /* nothing could be measured */
	RUN_MADE,
};

/* One run of a benchmark. */
struct run {
	const struct plan_bench *bench;
	int device;	 /* index, -1: none, as for nop */
	unsigned repeat; /* from 1 */
	enum run_state state;
	struct fail fail;      /* why it is not made; UNAVAILABLE and REFUSED: it was skipped */
	struct result *result; /* of one that is made */
	struct precondition precondition; /* where the benchmark has it */
	struct steady steady;
	uint64_t duration_ns;
};

struct qualify_device {
	const char *path; /* the caller's */
	char *slug;	  /* what ids call it */
	dev_t block;	  /* its number; 0: it is no block device */
	bool has_device;
	struct device device;
	enum check_verdict verdict;
};

struct qualify_opts {
	const struct opt_list *devices;	 /* paths as bench_run() takes them; none: "." */
	const struct opt_list *consents; /* as job.destroy_data_on */
	bool overwrite, overwrite_signature;
	bool parallel; /* all devices side by side, each in a process of its own */
	const volatile int *stop;
	progress_fn progress; /* or NULL; its argument is a text that says what runs */
};

struct qualification {
	const struct plan *plan;
	struct probe probe;
	struct qualify_device *devices;
	struct run *runs; /* by benchmark, device, repeat */
	struct check *checks;
	unsigned n_devices, n_runs, n_checks, checks_cap;
	unsigned counts[CHECK_VERDICTS];
	enum check_verdict verdict; /* of what is required */
	char why[200];
	bool complete; /* not interrupted */
	bool broken;   /* a required measurement ended with a runtime error */
	bool refused;  /* or was refused for safety */
	uint64_t duration_ns;
};

/*
 * Asks the kernel, looks at the devices, runs the benchmarks and judges. Benchmarks run in child
 * processes. A run that *opts->stop ended is a qualification all the same, with complete false.
 *
 * Before anything is measured: FAIL_REFUSED when a required benchmark writes to what it may not.
 * Negative errno with f->kind; the caller frees *q with qualify_free().
 */
int qualify_run(struct kernel *k, const struct plan *plan, const struct qualify_opts *opts,
		struct qualification *q, struct fail *f);

void qualify_free(struct qualification *q);

/* Parts of it, for tests: judges what was measured, as devices and runs stand. -ENOMEM. */
int qualify_judge_benches(struct qualification *q);
/* Counts the checks and says what they come to. */
void qualify_sum(struct qualification *q);

/* Runs what is to be run in child processes and fills q->runs. -errno with f filled. */
int qualify_measure(struct qualification *q, const struct qualify_opts *opts, struct fail *f);

/* The job of a benchmark on a device (-1: none), with the consents that fit it, and what its target is
 * opened for. */
struct job qualify_job(const struct qualification *q, const struct plan_bench *b, int device,
		       const struct qualify_opts *opts);
struct job qualify_opening(const struct plan_bench *b, const struct job *job);

/* Adds a check with this id, made different from those before, and title; NULL: out of memory. */
struct check *qualify_check(struct qualification *q, enum check_kind kind, const char *id,
			    const char *title);

#endif
