/* SPDX-License-Identifier: MIT */
#ifndef CMD_QUALIFY_MAKE_PLAN_H
#define CMD_QUALIFY_MAKE_PLAN_H

struct invocation;

/* qualify --make-plan: makes a plan from the results in inv->args, and puts it into inv->form. slack is a
 * share such as "10%". Returns an exit code. */
int make_plan(struct invocation *inv, const char *slack);

#endif
