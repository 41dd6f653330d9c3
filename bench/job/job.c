/* SPDX-License-Identifier: MIT */
#include "job.h"

#include <sched.h>
#include <string.h>

#include "probe/lib/base.h"

const char *const rw_words[] = {
	[RW_READ] = "read",
	[RW_WRITE] = "write",
	[RW_RANDREAD] = "randread",
	[RW_RANDWRITE] = "randwrite",
	[RW_RW] = "rw",
	[RW_RANDRW] = "randrw",
	[RW_TRIM] = "trim",
	[RW_RANDTRIM] = "randtrim",
	[RW_NOP] = "nop",
	NULL,
};

const char *const engine_words[] = {
	[ENGINE_AUTO] = "auto",
	[ENGINE_RW] = "rw",
	[ENGINE_VECTORED] = "vectored",
	[ENGINE_NVME] = "nvme",
	NULL,
};

const char *const auto_words[] = {
	[WHEN_AUTO] = "auto",
	[WHEN_ON] = "on",
	[WHEN_OFF] = "off",
	NULL,
};

const char *const lat_words[] = {
	[LAT_BATCH] = "batch",
	[LAT_EXACT] = "exact",
	[LAT_OFF] = "off",
	NULL,
};

const char *const verify_words[] = {
	[VERIFY_OFF] = "off",
	[VERIFY_CRC32C] = "crc32c",
	NULL,
};

#define AT(member) offsetof(struct job, member)

const struct opt job_opt_rows[] = {
#define WORDS(m, name_, words_, def_, arg_, not_for_, help_) \
	{ .name = name_,                                     \
	  .type = OPT_WORD,                                  \
	  .offset = AT(m),                                   \
	  .def = def_,                                       \
	  .words = words_,                                   \
	  .arg = arg_,                                       \
	  .not_for = not_for_,                               \
	  .help = help_ },
#define NUMBER(type_, m, name_, def_, min_, max_, arg_, not_for_, help_) \
	{ .name = name_,                                                 \
	  .type = OPT_##type_,                                           \
	  .offset = AT(m),                                               \
	  .def = def_,                                                   \
	  .min = min_,                                                   \
	  .max = max_,                                                   \
	  .arg = arg_,                                                   \
	  .not_for = not_for_,                                           \
	  .help = help_ },
#define FLAG(m, name_, def_, neg_, not_for_, help_) \
	{ .name = name_,                            \
	  .type = OPT_BOOL,                         \
	  .offset = AT(m),                          \
	  .def = def_,                              \
	  .neg = neg_,                              \
	  .not_for = not_for_,                      \
	  .help = help_ },
#define TEXT(m, name_, def_, arg_, not_for_, help_) \
	{ .name = name_,                            \
	  .type = OPT_STR,                          \
	  .offset = AT(m),                          \
	  .def = def_,                              \
	  .arg = arg_,                              \
	  .not_for = not_for_,                      \
	  .help = help_ },
#include "options.def"
};

const unsigned n_job_opt_rows = ARRAY_SIZE(job_opt_rows);
