/* SPDX-License-Identifier: MIT */
#include "await.h"

#include "probe/lib/mono.h"

/* Interval between checks. */
#define LOOK_NS 200000

/* Sleeps briefly; returns whether there is time left. */
static bool patient(uint64_t until)
{
	struct timespec nap = { .tv_nsec = LOOK_NS };

	if (mono_ns() >= until)
		return false;
	nanosleep(&nap, NULL);
	return true;
}

uint32_t await_load(const uint32_t *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

void await_store(uint32_t *at, uint32_t v)
{
	__atomic_store_n(at, v, __ATOMIC_RELEASE);
}

bool await_asleep(const struct ring *r, unsigned ms)
{
	uint64_t until = mono_ns() + ms * 1000000ull;

	while (!(await_load(ring_sq_field(r, r->p.sq_off.flags)) & SQ_NEED_WAKEUP))
		if (!patient(until))
			return false;
	return true;
}

bool await_sq_head(const struct ring *r, uint32_t head, unsigned ms)
{
	uint64_t until = mono_ns() + ms * 1000000ull;

	while (await_load(ring_sq_field(r, r->p.sq_off.head)) != head)
		if (!patient(until))
			return false;
	return true;
}

bool await_cq_tail(const struct ring *r, uint32_t tail, unsigned ms, struct await_calls *calls)
{
	uint64_t until = mono_ns() + ms * 1000000ull;

	for (*calls = (struct await_calls){ 0 };; calls->n++) {
		uint32_t now = await_load(ring_cq_field(r, r->p.cq_off.tail));

		if ((int32_t)(now - tail) >= 0)
			return true;
		if (calls->n && !patient(until))
			return false;
		calls->ret = r->k->enter(r->k, r->fd, 0, 0, ENTER_GETEVENTS);
	}
}
