/* SPDX-License-Identifier: MIT */
/* What is to be run. The members are the knobs of knobs.def. */
#ifndef BENCH_JOB_H
#define BENCH_JOB_H

#include "probe/knob.h"

struct fail;

enum rw { RW_READ, RW_WRITE, RW_RANDREAD, RW_RANDWRITE, RW_RW, RW_RANDRW, RW_NOP };

#define MEMBER_UINT	uint64_t
#define MEMBER_SIZE	uint64_t
#define MEMBER_TIME	uint64_t
#define MEMBER_OPT_UINT int64_t

struct job {
#define WORDS(member, name, words, def, arg, help)	     uint64_t member;
#define NUMBER(type, member, name, def, min, max, arg, help) MEMBER_##type member;
#define FLAG(member, name, def, neg, help)		     bool member;
#define TEXT(member, name, arg, help)			     const char *member;
#include "knobs.def"
#undef WORDS
#undef NUMBER
#undef FLAG
#undef TEXT
};

extern const char *const rw_words[];
extern const struct knob job_knobs[];
extern const unsigned n_job_knobs;

/* Checks what no single knob can; -EINVAL with the reason. */
int job_validate(const struct job *job, struct fail *f);

static inline bool job_writes(const struct job *j)
{
	return j->rw == RW_WRITE || j->rw == RW_RANDWRITE ||
	       ((j->rw == RW_RW || j->rw == RW_RANDRW) && j->rwmixread < 100);
}

static inline bool job_random(const struct job *j)
{
	return j->rw == RW_RANDREAD || j->rw == RW_RANDWRITE || j->rw == RW_RANDRW;
}

static inline bool job_sqpoll(const struct job *j)
{
	return j->sqpoll != KNOB_OFF;
}

#endif
