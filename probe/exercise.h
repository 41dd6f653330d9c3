/* SPDX-License-Identifier: MIT */
/* Detection by real use: a request is made and its completion looked at. */
#ifndef PROBE_EXERCISE_H
#define PROBE_EXERCISE_H

#include "fact.h"
#include "kernel.h"

/* Sets permitted and works of facts whose known is yes, and known where use shows more than
 * detection could. Uses temporary files without a name, pipes and the like; nothing stays behind. */
void exercise_ops(struct kernel *k, struct fact *facts, unsigned n);
void exercise_sqe_flags(struct kernel *k, struct fact *facts, unsigned n);

#endif
