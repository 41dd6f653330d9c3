/* SPDX-License-Identifier: MIT */
/* Runs a plan on this machine and its devices, and holds the result. */
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
	CHECK_SKIPPED, /* cannot be measured here */
	CHECK_INVALID, /* the result cannot be trusted */
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

/* One check. */
struct check {
	char *id, *title; /* "randread-4k/nvme0n1/iops"; unique */
	enum check_kind kind;
	int device;			/* index; -1: the machine, or all devices */
	const struct plan_bench *bench; /* or NULL */
	bool required;
	enum check_verdict verdict;
	char why[300];		   /* "" if it passed */
	const struct limit *bound; /* or NULL */
	struct value value;	   /* median of the runs */
	uint64_t duration_ns;	   /* of the measurements used */
};

enum run_state {
	RUN_MISSING, /* no result */
	RUN_FAILED,  /* nothing could be measured */
	RUN_MADE,
};

/* One run of a benchmark. */
struct run {
	const struct plan_bench *bench;
	int device;	 /* index; -1: none, as for nop */
	unsigned repeat; /* from 1 */
	enum run_state state;
	struct fail fail;      /* why there is no result; UNAVAILABLE and REFUSED: skipped */
	struct result *result; /* if there is one */
	struct precondition precondition; /* if the benchmark has it */
	struct steady steady;
	uint64_t duration_ns;
};

struct qualify_device {
	const char *path; /* owned by the caller */
	char *slug;	  /* name in ids */
	dev_t block;	  /* device number; 0: not a block device */
	bool has_device;
	struct device device;
	enum check_verdict verdict;
};

struct qualify_opts {
	const struct opt_list *devices;	 /* paths as for bench_run(); none: "." */
	const struct opt_list *consents; /* as job.destroy_data_on */
	bool overwrite, overwrite_signature;
	bool parallel; /* measure all devices at the same time, each in its own process */
	const volatile int *stop;
	progress_fn progress; /* or NULL; its argument is a text that says what is running */
};

struct qualification {
	const struct plan *plan;
	struct probe probe;
	struct qualify_device *devices;
	struct run *runs; /* by benchmark, device, repeat */
	struct check *checks;
	unsigned n_devices, n_runs, n_checks;
	unsigned counts[CHECK_VERDICTS];
	enum check_verdict verdict; /* of the required checks */
	char why[200];
	bool complete; /* not interrupted */
	bool broken;   /* a required measurement ended with a runtime error */
	bool refused;  /* a required measurement was refused for safety */
	uint64_t duration_ns;
};

/*
 * Probes the kernel, reads the devices, runs the benchmarks and judges them. Benchmarks run in child
 * processes. If *opts->stop ends it, the result has complete false.
 *
 * Returns FAIL_REFUSED before anything is measured if a required benchmark writes to a device without
 * consent. Returns a negative errno with f->kind; free *q with qualify_free() in any case.
 */
int qualify_run(struct kernel *k, const struct plan *plan, const struct qualify_opts *opts,
		struct qualification *q, struct fail *f);

void qualify_free(struct qualification *q);

/* Parts of it, for tests: judges the measurements in q. Returns -ENOMEM. */
int qualify_judge_benches(struct qualification *q);
/* Counts the checks and sets the verdict. */
void qualify_sum(struct qualification *q);

/* Runs the benchmarks in child processes and fills q->runs. Returns -errno with f filled. */
int qualify_measure(struct qualification *q, const struct qualify_opts *opts, struct fail *f);

/* Returns the job of a benchmark on a device (-1: none), with the consents for that device, and the job to
 * open its target with. */
struct job qualify_job(const struct qualification *q, const struct plan_bench *b, int device,
		       const struct qualify_opts *opts);
struct job qualify_opening(const struct plan_bench *b, const struct job *job);

/* Adds a check with a title and an id, which is made unique. Returns NULL on allocation failure. */
struct check *qualify_check(struct qualification *q, enum check_kind kind, const char *id,
			    const char *title);

#endif
