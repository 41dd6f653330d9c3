/* SPDX-License-Identifier: MIT */
/* The walk on a simulated kernel that behaves correctly, or has faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cmocka.h>
#include <liburing.h>

#include "dump/walk/request.h"
#include "dump/walk/walk.h"
#include "probe/lib/base.h"

#define V(major, minor) ((struct kver){ major, minor })
#define ALL		((1u << WALK_SCENES) - 1)
#define PATIENCE_MS	20
#define FLIGHT		8
#define OPEN_RES	-ENOENT

struct fake {
	struct kernel k;
	struct kver version;
	uint32_t features_off;
	bool defer;	 /* completions are posted only when they are asked for */
	bool mute;	 /* requests never complete */
	bool twice;	 /* every completion is posted twice */
	bool scribble;	 /* padding and SQEs are overwritten */
	bool keeps_flag; /* CQ_OVERFLOW is never cleared */
	int refuse;	 /* result of io_uring_enter() */
	struct ring_params p;
	char *maps[3]; /* SQ ring, CQ ring, SQEs */
	struct io_uring_cqe later[FLIGHT];
	unsigned n_later;
	unsigned opened, closed, mapped;
};

static uint32_t *sq(const struct fake *f, uint32_t offset)
{
	return (uint32_t *)(f->maps[0] + offset);
}

static uint32_t *cq(const struct fake *f, uint32_t offset)
{
	return (uint32_t *)((f->maps[1] ? f->maps[1] : f->maps[0]) + offset);
}

static int fake_setup(struct kernel *k, unsigned entries, struct ring_params *p)
{
	struct fake *f = (struct fake *)k;
	struct ring_params asked = *p;

	if (layout_predict(f->version, entries, &asked, p, NULL) < 0)
		return -EINVAL;
	p->features &= ~f->features_off;
	f->p = *p;
	f->n_later = 0;
	f->opened++;
	return 42;
}

static int fake_map(struct kernel *k, int fd, uint64_t offset, size_t length, void **addr)
{
	struct fake *f = (struct fake *)k;
	unsigned i = offset == RING_OFF_SQES ? 2 : offset == RING_OFF_CQ_RING ? 1 : 0;

	assert_int_equal(fd, 42);
	f->maps[i] = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(f->maps[i] != MAP_FAILED);
	f->mapped++;
	*addr = f->maps[i];
	return 0;
}

static void fake_unmap(struct kernel *k, void *addr, size_t length)
{
	struct fake *f = (struct fake *)k;

	for (unsigned i = 0; i < 3; i++)
		if (f->maps[i] == addr)
			f->maps[i] = NULL;
	f->mapped--;
	munmap(addr, length);
}

static void fake_close(struct kernel *k, int fd)
{
	assert_int_equal(fd, 42);
	((struct fake *)k)->closed++;
}

static bool has_room(const struct fake *f)
{
	return *cq(f, f->p.cq_off.tail) - *cq(f, f->p.cq_off.head) < f->p.cq_entries;
}

static void post(struct fake *f, const struct io_uring_cqe *cqe)
{
	unsigned bytes = f->p.flags & SETUP_CQE32 ? 32 : 16;
	uint32_t *tail = cq(f, f->p.cq_off.tail);

	memcpy((char *)cq(f, f->p.cq_off.cqes) + (size_t)bytes * (*tail & (f->p.cq_entries - 1)),
	       cqe, sizeof(*cqe));
	++*tail;
}

static void complete(struct fake *f, const struct io_uring_cqe *cqe)
{
	bool overflow = !f->defer;

	if (f->mute)
		return;
	if (!f->defer && !f->n_later && has_room(f)) {
		post(f, cqe);
	} else if (overflow && !(f->p.features & FEAT_NODROP)) {
		++*cq(f, f->p.cq_off.overflow);
	} else {
		assert_true(f->n_later < FLIGHT);
		f->later[f->n_later++] = *cqe;
		if (overflow)
			*sq(f, f->p.sq_off.flags) |= SQ_CQ_OVERFLOW;
	}
}

static void flush(struct fake *f)
{
	unsigned n = 0;

	while (n < f->n_later && has_room(f))
		post(f, &f->later[n++]);
	memmove(f->later, f->later + n, (f->n_later - n) * sizeof(*f->later));
	f->n_later -= n;
	if (!f->n_later && !f->keeps_flag)
		*sq(f, f->p.sq_off.flags) &= ~SQ_CQ_OVERFLOW;
}

/* Consumes the next SQE. Returns false if it is invalid. */
static bool take(struct fake *f)
{
	uint32_t *head = sq(f, f->p.sq_off.head), index = *head & (f->p.sq_entries - 1);
	unsigned bytes = f->p.flags & SETUP_SQE128 ? 128 : 64;
	struct io_uring_cqe cqe = { 0 };
	struct io_uring_sqe *sqe;

	if (!(f->p.flags & SETUP_NO_SQARRAY))
		index = sq(f, f->p.sq_off.array)[index];
	++*head;
	if (index >= f->p.sq_entries) {
		++*sq(f, f->p.sq_off.dropped);
		return false;
	}
	sqe = (struct io_uring_sqe *)(f->maps[2] + (size_t)bytes * index);
	cqe.user_data = sqe->user_data;
	cqe.res = sqe->opcode == OP_OPENAT ? OPEN_RES : 0;
	complete(f, &cqe);
	if (f->twice)
		complete(f, &cqe);
	if (f->scribble) {
		sqe->len = 0xbad;
		*sq(f, 48) = 0xbad;
	}
	return true;
}

static int fake_enter(struct kernel *k, int fd, unsigned to_submit, unsigned min_complete,
		      unsigned flags)
{
	struct fake *f = (struct fake *)k;
	unsigned n = 0;

	assert_int_equal(fd, 42);
	assert_int_equal(min_complete, 0);
	if (to_submit && f->refuse)
		return f->refuse;
	while (n < to_submit && *sq(f, f->p.sq_off.head) != *sq(f, f->p.sq_off.tail) && take(f))
		n++;
	if (flags & ENTER_GETEVENTS)
		flush(f);
	return n;
}

static struct fake fake(struct kver version)
{
	return (struct fake){ .k = { .setup = fake_setup,
				     .enter = fake_enter,
				     .map = fake_map,
				     .unmap = fake_unmap,
				     .close = fake_close },
			      .version = version };
}

static struct walk walk(struct fake *f, unsigned entries, uint32_t flags, unsigned cq_entries,
			uint32_t scenes)
{
	struct walk_ask ask = { .entries = entries,
				.asked = { .flags = flags | (cq_entries ? SETUP_CQSIZE : 0),
					   .cq_entries = cq_entries },
				.scenes = scenes,
				.patience_ms = PATIENCE_MS };
	struct fail why;
	struct walk w;

	if (walk_run(&f->k, &ask, &w, &why) < 0)
		fail_msg("%s", why.msg);
	assert_int_equal(f->opened, f->closed);
	assert_int_equal(f->mapped, 0);
	return w;
}

static const struct walk_step *step_of(const struct walk_scene *s, enum walk_kind kind)
{
	for (unsigned i = 0; i < s->n_steps; i++)
		if (s->steps[i].kind == kind)
			return &s->steps[i];
	return NULL;
}

static void kinds(const struct walk_scene *s, const enum walk_kind *want, unsigned n)
{
	assert_int_equal(s->n_steps, n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(s->steps[i].kind, want[i]);
}

static void one_request(void **state)
{
	static const enum walk_kind want[] = { WALK_INITIAL, WALK_FILLED, WALK_TAIL,
					       WALK_ENTERED, WALK_READ,	  WALK_HEAD };
	struct fake f = fake(V(6, 12));
	struct walk w = walk(&f, 4, 0, 0, 1u << SCENE_REQUEST);
	const struct walk_step *s = w.scenes[0].steps;

	(void)state;
	assert_int_equal(w.n_scenes, 1);
	kinds(&w.scenes[0], want, ARRAY_SIZE(want));
	assert_int_equal(s[0].all_changes, 0);
	assert_int_equal(s[2].all_changes, 1);
	assert_int_equal(s[2].changes[0].offset, 4);
	assert_int_equal(s[2].changes[0].bytes, 1);
	assert_int_equal(s[2].changes[0].new_value, 1);
	assert_int_equal(s[3].state.sq_head, s[3].state.sq_tail);
	assert_int_equal(s[3].state.cq_tail, s[2].state.cq_tail + 1);
	assert_int_equal(s[3].ret, 1);
	assert_int_equal(s[4].all_changes, 0);
	assert_int_equal(s[5].state.cq_head, 1);
	assert_true(w.scenes[0].complete);
	walk_free(&w);
}

/* The window contains the newest slot of each queue. */
static void in_view(const struct walk_window *w, unsigned entries, uint32_t tail)
{
	unsigned slot = (tail ? tail - 1 : 0) & (entries - 1);

	assert_int_equal(w->n, entries < WALK_WINDOW ? entries : WALK_WINDOW);
	assert_in_range(slot, w->first, w->first + w->n - 1);
	assert_true(w->first + w->n <= entries);
}

/* For every ring: only what the steps describe changes, and every request completes. */
static void all_rings(void **state)
{
	static const struct {
		struct kver version;
		unsigned entries, cq_entries;
		uint32_t flags;
	} rings[] = {
		{ V(5, 2), 4, 0, 0 },
		{ V(5, 2), 1, 0, 0 },
		{ V(6, 1), 4, 0, 0 },
		{ V(6, 1), 8, 0, SETUP_SQE128 | SETUP_CQE32 },
		{ V(6, 12), 1, 0, 0 },
		{ V(6, 12), 1, 1, 0 },
		{ V(6, 12), 2, 64, 0 },
		{ V(6, 12), 64, 64, SETUP_CQE32 },
		{ V(6, 12), 100, 1000, SETUP_SQE128 },
		{ V(6, 12), 4, 0, SETUP_NO_SQARRAY },
		{ V(6, 12), 32768, 65536, 0 },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rings); i++) {
		struct fake f = fake(rings[i].version);
		struct walk w;

		/* Kernels before 5.5 have no NODROP; another test covers them. */
		uint32_t scenes = rings[i].version.major == 5 ? ALL & ~(1u << SCENE_OVERFLOW) : ALL;

		w = walk(&f, rings[i].entries, rings[i].flags, rings[i].cq_entries, scenes);
		for (unsigned s = 0; s < w.n_scenes; s++) {
			const struct walk_scene *scene = &w.scenes[s];

			assert_int_equal(!!*scene->absent,
					 scene->id == SCENE_DROPPED &&
						 rings[i].flags & SETUP_NO_SQARRAY);
			assert_true(scene->complete);
			for (unsigned j = 0; j < scene->n_steps; j++) {
				const struct walk_step *step = &scene->steps[j];

				in_view(&step->array, w.layout.p.sq_entries, step->state.sq_tail);
				in_view(&step->cqes, w.layout.p.cq_entries, step->state.cq_tail);
				assert_int_equal(step->unexpected, 0);
				if (step->otherwise)
					fail_msg("%s: %s", step->title, step->note);
			}
		}
		walk_free(&w);
	}
}

static void wraparound(void **state)
{
	struct fake f = fake(V(6, 12));
	struct walk w = walk(&f, 4, 0, 0, 1u << SCENE_WRAPAROUND);
	const struct walk_scene *s = &w.scenes[0];
	const struct walk_state *last = &s->steps[s->n_steps - 1].state;
	bool first_sq = false, first_cq = false;

	(void)state;
	assert_int_equal(last->sq_tail, 9);
	assert_int_equal(last->cq_tail, 9);
	assert_int_equal(last->cq_head, 9);
	/* The first slots are reused. */
	for (unsigned i = 1; i < s->n_steps; i++)
		for (unsigned c = 0; c < s->steps[i].n_changes; c++) {
			const struct walk_change *ch = &s->steps[i].changes[c];
			bool again = ch->indexed && ch->index == 0 && ch->old_value == 1 &&
				     !strcmp(ch->name, "user_data");

			first_sq |= again && ch->field == &layout_fields[FIELD_SQES];
			first_cq |= again && ch->field == &layout_fields[FIELD_CQ_CQES];
		}
	assert_true(first_sq);
	assert_true(first_cq);
	walk_free(&w);
}

static void full(void **state)
{
	struct fake f = fake(V(6, 12));
	struct walk w = walk(&f, 8, 0, 0, 1u << SCENE_FULL_SQ);
	const struct walk_step *looked = step_of(&w.scenes[0], WALK_LOOKED);

	(void)state;
	assert_non_null(looked);
	assert_int_equal(looked->state.sq_tail - looked->state.sq_head, 8);
	assert_int_equal(step_of(&w.scenes[0], WALK_ENTERED)->state.sq_head, 8);
	assert_int_equal(w.scenes[0].completed, 8);
	walk_free(&w);
}

static void overflow_is_kept(void **state)
{
	struct fake f = fake(V(6, 12));
	struct walk w = walk(&f, 4, 0, 0, 1u << SCENE_OVERFLOW);
	const struct walk_scene *s = &w.scenes[0];
	const struct walk_step *entered = step_of(s, WALK_ENTERED),
			       *flushed = step_of(s, WALK_FLUSHED);

	(void)state;
	assert_int_equal(entered->state.sq_flags, SQ_CQ_OVERFLOW);
	assert_int_equal(entered->state.cq_tail, 8);
	assert_int_equal(entered->state.cq_overflow, 0);
	assert_int_equal(flushed->state.cq_tail, 10);
	assert_int_equal(flushed->state.sq_flags, 0);
	assert_int_equal(s->made, 10);
	assert_int_equal(s->completed, 10);
	assert_true(s->complete);
	walk_free(&w);

	f.keeps_flag = true;
	w = walk(&f, 4, 0, 0, 1u << SCENE_OVERFLOW);
	assert_true(step_of(&w.scenes[0], WALK_FLUSHED)->otherwise);
	walk_free(&w);
}

static void overflow_is_lost(void **state)
{
	struct fake f = fake(V(5, 4));
	struct walk w;
	const struct walk_step *entered;

	(void)state;
	f.features_off = FEAT_NODROP;
	w = walk(&f, 4, 0, 0, 1u << SCENE_OVERFLOW);
	entered = step_of(&w.scenes[0], WALK_ENTERED);
	assert_true(entered->otherwise);
	assert_int_equal(entered->state.cq_overflow, 2);
	assert_int_equal(entered->state.sq_flags, 0);
	assert_null(step_of(&w.scenes[0], WALK_FLUSHED));
	assert_int_equal(w.scenes[0].made, 10);
	assert_int_equal(w.scenes[0].completed, 8);
	assert_false(w.scenes[0].complete);
	walk_free(&w);
}

static void dropped(void **state)
{
	struct fake f = fake(V(6, 12));
	struct walk w = walk(&f, 4, 0, 0, 1u << SCENE_DROPPED);
	const struct walk_scene *s = &w.scenes[0];
	const struct walk_step *entered = step_of(s, WALK_ENTERED),
			       *filled = step_of(s, WALK_FILLED);

	(void)state;
	assert_int_equal(filled->array.value[0], 4);
	assert_int_equal(entered->state.sq_dropped, 1);
	assert_int_equal(entered->state.sq_head, 1);
	assert_int_equal(entered->state.cq_tail, 0);
	assert_int_equal(entered->ret, 0);
	assert_int_equal(s->dropped, 1);
	assert_int_equal(s->made, 2);
	assert_int_equal(s->completed, 1);
	assert_true(s->complete);
	walk_free(&w);
}

static void posted_later(void **state)
{
	static const enum walk_kind want[] = { WALK_INITIAL, WALK_FILLED, WALK_TAIL, WALK_ENTERED,
					       WALK_POSTED,  WALK_READ,	  WALK_HEAD };
	struct fake f = fake(V(6, 12));
	struct walk w;

	(void)state;
	f.defer = true;
	w = walk(&f, 4, 0, 0, 1u << SCENE_REQUEST);
	kinds(&w.scenes[0], want, ARRAY_SIZE(want));
	assert_int_equal(w.scenes[0].steps[3].state.cq_tail, 0);
	assert_int_equal(w.scenes[0].steps[4].state.cq_tail, 1);
	assert_true(w.scenes[0].complete);
	walk_free(&w);
}

static void never_completed(void **state)
{
	struct fake f = fake(V(6, 12));
	struct walk w;

	(void)state;
	f.mute = true;
	w = walk(&f, 4, 0, 0, ALL);
	assert_true(step_of(&w.scenes[SCENE_REQUEST], WALK_POSTED)->otherwise);
	for (unsigned i = 0; i < w.n_scenes; i++)
		assert_false(w.scenes[i].complete);
	walk_free(&w);
}

static void completed_twice(void **state)
{
	struct fake f = fake(V(6, 12));
	struct walk w;

	(void)state;
	f.twice = true;
	w = walk(&f, 4, 0, 0, 1u << SCENE_REQUEST);
	assert_false(w.scenes[0].complete);
	assert_true(step_of(&w.scenes[0], WALK_ENTERED)->unexpected > 0);
	walk_free(&w);
}

static void refused(void **state)
{
	struct fake f = fake(V(6, 12));
	struct walk w;
	const struct walk_step *entered;

	(void)state;
	f.refuse = -EBUSY;
	w = walk(&f, 4, 0, 0, 1u << SCENE_REQUEST);
	entered = step_of(&w.scenes[0], WALK_ENTERED);
	assert_true(entered->otherwise);
	assert_non_null(strstr(entered->note, "EBUSY"));
	assert_int_equal(entered->all_changes, 0);
	assert_int_equal(w.scenes[0].n_steps, 4);
	assert_false(w.scenes[0].complete);
	walk_free(&w);
}

/* Changes that no step explains are detected anywhere. */
static void scribbled(void **state)
{
	struct fake f = fake(V(6, 12));
	struct walk w;
	const struct walk_step *entered;
	unsigned padding = 0, sqes = 0;

	(void)state;
	f.scribble = true;
	w = walk(&f, 4, 0, 0, 1u << SCENE_REQUEST);
	entered = step_of(&w.scenes[0], WALK_ENTERED);
	assert_int_equal(entered->unexpected, 2);
	for (unsigned i = 0; i < entered->n_changes; i++) {
		const struct walk_change *c = &entered->changes[i];

		if (c->expected)
			continue;
		padding += !c->field && c->offset == 48 && c->bytes == 2;
		sqes += c->field == &layout_fields[FIELD_SQES] && !strcmp(c->name, "len") &&
			c->new_value == 0xbad;
	}
	assert_int_equal(padding, 1);
	assert_int_equal(sqes, 1);
	walk_free(&w);
}

static void named_as_the_request_does(void **state)
{
	struct fake f = fake(V(6, 12));
	struct walk_ask ask = {
		.entries = 4, .op = WALK_OP_OPENAT, .scenes = 1u, .patience_ms = 5
	};
	const struct walk_step *filled, *read;
	struct walk w;
	bool found = false;

	(void)state;
	assert_int_equal(walk_run(&f.k, &ask, &w, NULL), 0);
	filled = step_of(&w.scenes[0], WALK_FILLED);
	for (unsigned i = 0; i < filled->n_changes; i++)
		found |= !strcmp(filled->changes[i].name, "open_flags");
	assert_true(found);
	read = step_of(&w.scenes[0], WALK_READ);
	assert_true(read->otherwise);
	assert_non_null(strstr(read->what, "ENOENT"));
	walk_free(&w);
}

static void no_ring(void **state)
{
	struct walk_ask ask = { .entries = 4, .scenes = ALL, .patience_ms = 5 };
	struct fake f = fake(V(5, 0));
	struct walk w = { .n_scenes = 77 };
	struct fail why;

	(void)state;
	ask.asked.flags = SETUP_CQE32 | SETUP_CQE_MIXED;
	assert_int_equal(walk_run(&f.k, &ask, &w, &why), -EINVAL);
	assert_non_null(strstr(why.msg, "CQE32"));
	assert_int_equal(w.n_scenes, 77);
}

/* A caller that does not ask for the reason still gets the errno. */
static void no_request(void **state)
{
	struct rlimit before, none;
	struct request s;
	int r;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	r = request_open(&s, WALK_OP_READ, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(r, -EMFILE);
}

static void names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < WALK_OPS; i++)
		assert_non_null(walk_op_names[i]);
	for (unsigned i = 0; i < WALK_KINDS; i++)
		assert_non_null(walk_kind_names[i]);
	for (unsigned i = 0; i < WALK_SCENES; i++)
		assert_true(walk_scene_names[i] && walk_scene_titles[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_request),
		cmocka_unit_test(all_rings),
		cmocka_unit_test(wraparound),
		cmocka_unit_test(full),
		cmocka_unit_test(overflow_is_kept),
		cmocka_unit_test(overflow_is_lost),
		cmocka_unit_test(dropped),
		cmocka_unit_test(posted_later),
		cmocka_unit_test(never_completed),
		cmocka_unit_test(completed_twice),
		cmocka_unit_test(refused),
		cmocka_unit_test(scribbled),
		cmocka_unit_test(no_ring),
		cmocka_unit_test(no_request),
		cmocka_unit_test(named_as_the_request_does),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
