/* SPDX-License-Identifier: MIT */
#include "job.h"

#include "probe/base.h"

/* io_uring takes at most this much as one registered buffer; io_uring_register(2). */
#define MAX_REGION (1ull << 30)

const char *const rw_words[] = {
	[RW_READ] = "read",
	[RW_WRITE] = "write",
	[RW_RANDREAD] = "randread",
	[RW_RANDWRITE] = "randwrite",
	[RW_RW] = "rw",
	[RW_RANDRW] = "randrw",
	[RW_NOP] = "nop",
	NULL,
};

#define AT(member) offsetof(struct job, member)

const struct knob job_knobs[] = {
#define WORDS(m, name_, words_, def_, arg_, help_) \
	{ .name = name_,                           \
	  .type = KNOB_WORD,                       \
	  .offset = AT(m),                         \
	  .def = def_,                             \
	  .words = words_,                         \
	  .arg = arg_,                             \
	  .help = help_ },
#define NUMBER(type_, m, name_, def_, min_, max_, arg_, help_) \
	{ .name = name_,                                       \
	  .type = KNOB_##type_,                                \
	  .offset = AT(m),                                     \
	  .def = def_,                                         \
	  .min = min_,                                         \
	  .max = max_,                                         \
	  .arg = arg_,                                         \
	  .help = help_ },
#define FLAG(m, name_, def_, neg_, help_) \
	{ .name = name_,                  \
	  .type = KNOB_BOOL,              \
	  .offset = AT(m),                \
	  .def = def_,                    \
	  .neg = neg_,                    \
	  .help = help_ },
#define TEXT(m, name_, arg_, help_) \
	{ .name = name_, .type = KNOB_STR, .offset = AT(m), .arg = arg_, .help = help_ },
#include "knobs.def"
};

const unsigned n_job_knobs = ARRAY_SIZE(job_knobs);

int job_validate(const struct job *j, struct fail *f)
{
	if (j->iodepth * j->bs > MAX_REGION)
		return fail_as(f, FAIL_USAGE, -EINVAL, "iodepth x bs is more than 1g");
	if (j->direct && j->bs % 512)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "bs must be a multiple of 512 for direct I/O; --buffered takes any");
	if (j->size && j->size < j->bs)
		return fail_as(f, FAIL_USAGE, -EINVAL, "size is smaller than one block (bs)");
	if (j->rw == RW_NOP && (j->fixedbufs || j->registerfiles))
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "nop has no buffer and no file: "
			       "--fixedbufs and --registerfiles are not for it");
	if (j->rw == RW_NOP && j->iopoll)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "nop has no device to poll: --iopoll is not for it");
	if (j->iopoll && !j->direct)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "--iopoll needs direct I/O: drop --buffered");
	if (j->sqpoll >= 0 && j->sqpoll >= sysconf(_SC_NPROCESSORS_CONF))
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "--sqpoll=%lld: this machine has CPUs 0 to %ld",
			       (long long)j->sqpoll, sysconf(_SC_NPROCESSORS_CONF) - 1);
	return 0;
}
