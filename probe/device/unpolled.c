/* SPDX-License-Identifier: MIT */
#include "unpolled.h"

#include <string.h>

#include "blkstack.h"
#include "device.h"
#include "iopoll.h"
#include "probe/lib/base.h"

/* These file systems support polling in every kernel with io_uring, so EOPNOTSUPP comes from the device. */
static const char *const polled_fs[] = { "ext4", "xfs" };

static bool fs_polls(const char *fs)
{
	for (unsigned i = 0; i < ARRAY_SIZE(polled_fs); i++)
		if (!strcmp(fs, polled_fs[i]))
			return true;
	return !*fs;
}

static bool stacked(const struct stack *s)
{
	return s->n > 1 || (s->n && *s->layers[0].what);
}

void unpolled_fix(const struct unpolled *u, char *fix, size_t size)
{
	const struct device *d = u->device;

	fix[0] = '\0';
	if (!d)
		return;
	for (unsigned i = 1; i < u->stack->n; i++) {
		if (u->stack->layers[i].io_poll != 1)
			continue;
		snprintf(fix, size, "use %s beneath it, which has poll queues",
			 u->stack->layers[i].name);
		return;
	}
	if (stacked(u->stack))
		snprintf(fix, size, "use a device that is not stacked and has poll queues");
	else if (!strncmp(d->driver, "nvme_", 5))
		snprintf(fix, size, "connect with nvme connect --nr-poll-queues=N");
	else if (d->poll_queues_asked == 0)
		snprintf(fix, size, "boot with %s.poll_queues=N, or load the module with it",
			 d->driver);
}

void unpolled_explain(const struct unpolled *u, struct polling *p, char *fix, size_t size)
{
	const struct stack_layer *top = u->stack->n ? &u->stack->layers[0] : NULL;

	unpolled_fix(u, fix, size);
	if (p->res != -EOPNOTSUPP)
		return;
	if (!u->device) {
		snprintf(p->why, sizeof(p->why), "the read ended with EOPNOTSUPP: %s does not poll",
			 *u->fs ? u->fs : "it");
		snprintf(fix, size, "use ext4 or xfs on a device that has poll queues");
	} else if (*u->fs && u->device->io_poll == 1) {
		snprintf(p->why, sizeof(p->why),
			 "the read ended with EOPNOTSUPP: %s does not poll, though %s beneath it "
			 "does",
			 u->fs, u->device->disk);
		snprintf(fix, size, "use %s itself, or ext4 or xfs on it", u->device->disk);
	} else if (!fs_polls(u->fs)) {
		snprintf(p->why, sizeof(p->why),
			 "the read ended with EOPNOTSUPP: %s does not poll, or %s has no poll "
			 "queues",
			 u->fs, u->device->disk);
		snprintf(fix, size, "use ext4 or xfs on a device that has poll queues");
	} else if (top && *top->what) {
		snprintf(p->why, sizeof(p->why),
			 "the read ended with EOPNOTSUPP: %s (%.40s) does not poll", top->name,
			 top->what);
	} else {
		snprintf(p->why, sizeof(p->why),
			 "the read ended with EOPNOTSUPP: %s has no poll queues", u->device->disk);
	}
}
