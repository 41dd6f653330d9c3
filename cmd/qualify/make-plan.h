/* SPDX-License-Identifier: MIT */
#ifndef CMD_QUALIFY_MAKE_PLAN_H
#define CMD_QUALIFY_MAKE_PLAN_H

struct invocation;

/* qualify --make-plan: from the results that are the arguments, a plan as inv->form. slack is a share such
 * as "10%". Exit code. */
int make_plan(struct invocation *inv, const char *slack);

#endif
