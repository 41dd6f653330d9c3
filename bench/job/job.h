/* SPDX-License-Identifier: MIT */
/* The job to run. The members are the options of options.def. */
#ifndef BENCH_JOB_JOB_H
#define BENCH_JOB_JOB_H

#include "probe/lib/option.h"

struct fail;

enum rw {
	RW_READ,
	RW_WRITE,
	RW_RANDREAD,
	RW_RANDWRITE,
	RW_RW,
	RW_RANDRW,
	RW_TRIM,
	RW_RANDTRIM,
	RW_NOP,
};

enum engine { ENGINE_AUTO, ENGINE_RW, ENGINE_VECTORED, ENGINE_NVME };

enum verify { VERIFY_OFF, VERIFY_CRC32C };

enum when { WHEN_AUTO, WHEN_ON, WHEN_OFF };

enum lat { LAT_BATCH, LAT_EXACT, LAT_OFF };

/* Runtime in ns without a time limit: ten years. */
#define JOB_FOREVER 315360000000000000ull

/* What an option is not used for. */
enum {
	NOT_SWEPT = 1 << 0,    /* how a run is made or watched: a sweep decides that itself */
	NOT_COMPARED = 1 << 1, /* changes neither what is done nor how */
	NOT_PLANNED = 1 << 2,  /* given by who runs a plan, not by who wrote it */
	CONSENT = NOT_SWEPT | NOT_COMPARED | NOT_PLANNED,
};

#define MEMBER_UINT	     uint64_t
#define MEMBER_SIZE	     uint64_t
#define MEMBER_TIME	     uint64_t
#define MEMBER_UINT_OPTIONAL int64_t

struct job {
#define WORDS(member, name, words, def, arg, not_for, help)	      uint64_t member;
#define NUMBER(type, member, name, def, min, max, arg, not_for, help) MEMBER_##type member;
#define FLAG(member, name, def, neg, not_for, help)		      bool member;
#define TEXT(member, name, def, arg, not_for, help)		      const char *member;
#include "options.def"
#undef WORDS
#undef NUMBER
#undef FLAG
#undef TEXT
};

extern const char *const rw_words[],
	*const engine_words[], *const auto_words[], *const lat_words[], *const verify_words[];
extern const struct opt job_opt_rows[];
extern const unsigned n_job_opt_rows;

/* Checks rules between options. Returns -EINVAL with the reason. */
int job_consistent(const struct job *job, struct fail *f);

/* Calls job_consistent(), and checks that this machine has the CPUs that the job names. */
int job_validate(const struct job *job, struct fail *f);

/* Copies the job with an engine chosen for auto; nvme says whether the target is the character device of an
 * NVMe namespace. Returns -EINVAL with the reason if the engine does not suit the job. */
int job_choose_engine(const struct job *job, bool nvme, struct job *chosen, struct fail *f);

/* Makes the job that reads back everything the job uses of its target, once and in order, with the same
 * depth and ring options. The job must have been validated. */
void job_read_back(const struct job *job, struct job *pass);

static inline bool job_trims(const struct job *j)
{
	return !j->verify_only && (j->rw == RW_TRIM || j->rw == RW_RANDTRIM);
}

/* Whether the job changes the target; trimming does. */
static inline bool job_writes(const struct job *j)
{
	return !j->verify_only && (j->rw == RW_WRITE || j->rw == RW_RANDWRITE || job_trims(j) ||
				   ((j->rw == RW_RW || j->rw == RW_RANDRW) && j->rwmixread < 100));
}

/* Whether the job reads. */
static inline bool job_reads(const struct job *j)
{
	return !job_writes(j) || j->rw == RW_RW || j->rw == RW_RANDRW;
}

/* Whether the job both reads and writes. */
static inline bool job_mixed(const struct job *j)
{
	return (j->rw == RW_RW || j->rw == RW_RANDRW) && job_writes(j);
}

/* Number of buffers: one for each I/O in flight, or one for reads and one for writes if the job is mixed. */
static inline unsigned job_buffers(const struct job *j)
{
	return j->iodepth * (job_mixed(j) ? 2 : 1);
}

static inline bool job_random(const struct job *j)
{
	return j->rw == RW_RANDREAD || j->rw == RW_RANDWRITE || j->rw == RW_RANDRW ||
	       j->rw == RW_RANDTRIM;
}

static inline bool job_verifies(const struct job *j)
{
	return j->verify || j->verify_only;
}

/* Default number of I/Os submitted at once. The block layer holds a batch back until it is complete, while
 * the device waits. I/Os that complete immediately need no small batches. */
static inline unsigned job_batch(const struct job *j)
{
	const bool waits = j->direct && j->rw != RW_NOP;
	const uint64_t most = waits ? j->iodepth / 8 : j->iodepth;

	if (j->batch_submit)
		return j->batch_submit;
	return most < 1 ? 1 : most > 32 ? 32 : most;
}

static inline bool job_sqpoll(const struct job *j)
{
	return j->sqpoll != OPT_OFF;
}

#endif
