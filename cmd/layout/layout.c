/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cmd/command.h"
#include "cmd/output/emit-host.h"
#include "draw-layout.h"
#include "draw-walk.h"
#include "dump/walk/walk.h"
#include "emit-layout.h"
#include "emit-walk.h"
#include "probe/lib/base.h"
#include "probe/lib/suggest.h"
#include "svg-layout.h"

#define ENTRIES	     1024
#define WALK_ENTRIES 4

/* Timeout for a completion. */
#define PATIENCE_MS 2000

/* Short, so that the SQ thread of a walk falls asleep soon. */
#define WALK_IDLE_MS 5

/* Options that are setup flags: FLAG(member, option, flag, help). */
#define FLAGS(FLAG)                                                                   \
	FLAG(clamp, "clamp", SETUP_CLAMP, "reduce entries to the limit")              \
	FLAG(sqe128, "sqe128", SETUP_SQE128, "SQEs of 128 bytes")                     \
	FLAG(cqe32, "cqe32", SETUP_CQE32, "CQEs of 32 bytes")                         \
	FLAG(sqe_mixed, "sqe-mixed", SETUP_SQE_MIXED, "SQEs of 64 and of 128 bytes")  \
	FLAG(cqe_mixed, "cqe-mixed", SETUP_CQE_MIXED, "CQEs of 16 and of 32 bytes")   \
	FLAG(no_sqarray, "no-sqarray", SETUP_NO_SQARRAY, "no index array")            \
	FLAG(no_mmap, "no-mmap", SETUP_NO_MMAP, "rings in memory of the application") \
	FLAG(sqpoll, "sqpoll", SETUP_SQPOLL, "a kernel thread submits")               \
	FLAG(iopoll, "iopoll", SETUP_IOPOLL, "poll for completions")                  \
	FLAG(coop_taskrun, "coop-taskrun", SETUP_COOP_TASKRUN,                        \
	     "completion work does not interrupt the task")                           \
	FLAG(defer_taskrun, "defer-taskrun", SETUP_DEFER_TASKRUN,                     \
	     "completion work waits until the task asks for events")                  \
	FLAG(single_issuer, "single-issuer", SETUP_SINGLE_ISSUER, "one task submits")

struct layout_opts {
	uint64_t entries, cq_entries;
#define FLAG(member, ...) bool member;
	FLAGS(FLAG)
#undef FLAG
	const char *as_of, *explain, *svg;
	bool walk;
	const char *op, *scene; /* of a walk */
};

static const struct opt opt_rows[] = {
	{ "entries", 0, OPT_UINT, offsetof(struct layout_opts, entries), .min = 1,
	  .max = UINT32_MAX, .help = "entries of the SQ (default: 1024, with --walk 4)" },
	{ "cq-entries", 0, OPT_UINT, offsetof(struct layout_opts, cq_entries), .min = 1,
	  .max = UINT32_MAX, .help = "entries of the CQ; by default twice --entries" },
#define FLAG(member, option, flag, text) \
	{ option, 0, OPT_BOOL, offsetof(struct layout_opts, member), .help = text },
	FLAGS(FLAG)
#undef FLAG
		{ "as-of", 0, OPT_STR, offsetof(struct layout_opts, as_of), .arg = "VERSION",
		  .help = "predict the layout on another kernel, for instance 6.1; no ring is "
			  "set up" },
	{ "svg", 0, OPT_STR, offsetof(struct layout_opts, svg), .arg = "FILE",
	  .writes = WRITTEN_PICTURE, .help = "also write the layout to FILE, as SVG" },
	{ "walk", 0, OPT_BOOL, offsetof(struct layout_opts, walk),
	  .help = "follow a request through a ring step by step, with all changes in memory" },
	{ "op", 0, OPT_STR, offsetof(struct layout_opts, op), .arg = "REQUEST",
	  .help = "with --walk: the request to follow, nop (default), openat, read, write, "
		  "timeout, poll or multishot" },
	{ "scene", 0, OPT_STR, offsetof(struct layout_opts, scene), .arg = "SCENE",
	  .help = "with --walk: the scene to show, request (default), wraparound, full-sq, "
		  "overflow, dropped or all" },
	{ "explain", 0, OPT_STR, offsetof(struct layout_opts, explain), .arg = "FIELD",
	  .help = "explain a field, for instance sq.tail or sqe.off; list names them all" },
};
static const unsigned n_opt_rows = ARRAY_SIZE(opt_rows);

static const char *const examples[] = {
	"uringtool layout",
	"the memory of a ring of 1024 entries, as this kernel makes it",
	"uringtool layout --entries=8 --cqe32 --sqe128",
	"the same with large entries, as NVMe passthrough needs them",
	"uringtool layout --as-of=6.1",
	"the layout on Linux 6.1",
	"uringtool layout --explain=sq.tail",
	"who writes it, who reads it, with which memory order, and what goes wrong without",
	"uringtool layout --walk",
	"the life of a request, step by step, on a ring of 4 entries",
	"uringtool layout --walk --scene=overflow",
	"what happens to completions when the CQ is full",
	"uringtool layout --svg=ring.svg",
	"the same as a picture for a document",
	"uringtool layout --json | jq -r '.fields[] | [.offset, .name, .value] | @tsv'",
	"the offsets for a script",
	NULL,
};

static void ask(const struct layout_opts *o, struct ring_params *asked, uint32_t *user_flags)
{
	uint32_t flags = 0;

#define FLAG(member, option, flag, text) flags |= o->member ? flag : 0;
	FLAGS(FLAG)
#undef FLAG
	if (o->cq_entries)
		flags |= SETUP_CQSIZE;
	*user_flags = flags;
	*asked = (struct ring_params){ .flags = uapi_setup_company(flags),
				       .cq_entries = o->cq_entries };
}

static unsigned entries(const struct layout_opts *o)
{
	return o->entries ? o->entries : o->walk ? WALK_ENTRIES : ENTRIES;
}

static int save_picture(struct invocation *inv, const struct layout *l,
			const struct layout_story *story)
{
	const struct layout_opts *opts = inv->opts;
	_cleanup_str_ struct str picture = { 0 };

	if (svg_layout(l, story, &picture) < 0) {
		cmd_error(inv, "out of memory");
		return EXIT_RUNTIME;
	}
	return cmd_save(inv, opts->svg, WRITTEN_PICTURE, &picture);
}

static int show(struct invocation *inv, const struct layout *l, const struct layout_story *story)
{
	const struct layout_opts *opts = inv->opts;
	_cleanup_str_ struct str text = { 0 };
	struct draw d;

	emit_replayed_text(inv->out, inv->kernel->replays);
	emit_layout(inv->out, l, story);
	draw_init(&d, &text, &inv->style);
	draw_layout(&d, l, story);
	out_block(inv->out, str_text(&text));
	return opts->svg ? save_picture(inv, l, story) : EXIT_OK;
}

static int refused(const struct invocation *inv, const struct ring_params *asked,
		   const struct fail *f)
{
	switch (f->err) {
	case -EPERM:
	case -EACCES:
		if (asked->flags & SETUP_SQPOLL)
			cmd_error(inv,
				  "%s: SQPOLL needs CAP_SYS_ADMIN before Linux 5.11 and "
				  "CAP_SYS_NICE before 5.13, and a security module may refuse it; "
				  "run it as root",
				  f->msg);
		else
			cmd_error(inv, "%s", f->msg);
		return EXIT_UNAVAILABLE;
	case -ENOMEM:
		cmd_error(inv,
			  "%s: the rings count as locked memory; raise ulimit -l or ask for fewer "
			  "entries",
			  f->msg);
		return EXIT_RUNTIME;
	case -EAGAIN:
		cmd_error(inv, "%s: no thread for SQPOLL; raise ulimit -u", f->msg);
		return EXIT_RUNTIME;
	default:
		return cmd_fail(inv, f);
	}
}

static int observe(struct invocation *inv)
{
	const struct layout_opts *opts = inv->opts;
	struct layout_story story = { 0 };
	_cleanup_ring_ struct ring ring = { 0 };
	struct layout_verdict verdict;
	struct ring_params asked;
	struct layout l;
	struct fail f, why;
	int r = cmd_check_access(inv);

	if (r != EXIT_OK)
		return r;
	ask(opts, &asked, &story.asked_flags);
	if (layout_open(inv->kernel, entries(opts), &asked, &ring, &f) < 0 ||
	    layout_of_ring(&ring, &l, &f) < 0)
		return refused(inv, &asked, &f);
	if (layout_judge(inv->kernel, entries(opts), &asked, &ring.p, &verdict, &why) < 0) {
		story.note = why.msg;
	} else {
		story.verdict = &verdict;
		story.kernel = verdict.kernel;
	}
	return show(inv, &l, &story);
}

static int predict(struct invocation *inv)
{
	const struct layout_opts *opts = inv->opts;
	struct layout_verdict verdict = { 0 };
	struct layout_story story = { .predicted = true, .verdict = &verdict };
	_cleanup_str_ struct str note = { 0 };
	struct ring_params asked, p;
	unsigned from;
	struct layout l;
	struct fail f;

	ask(opts, &asked, &story.asked_flags);
	if (kver_parse(opts->as_of, &story.kernel) < 0) {
		cmd_error(inv, "--as-of: '%s' is not a kernel version such as 6.1", opts->as_of);
		return EXIT_USAGE;
	}
	if (layout_predict(story.kernel, entries(opts), &asked, &p, &f) < 0)
		return refused(inv, &asked, &f);
	p.features |= layout_stable_features(opts->as_of, &from);
	layout_stable_array(opts->as_of, &p);
	if (layout_of_params(&p, &l, &f) < 0)
		return refused(inv, &asked, &f);
	verdict.kernel = story.kernel;
	verdict.form = layout_form_of(story.kernel);
	str_add(&note, "nothing was asked of this kernel; distributions backport, so features and "
		       "flags of a real one may be more");
	if (from)
		str_addf(&note, "; stable releases have more features from %u.%u.%u on",
			 story.kernel.major, story.kernel.minor, from);
	if (kver_before(layout_newest, story.kernel))
		str_addf(&note,
			 "; newer than Linux %u.%u, the last that is known: taken to be the same",
			 layout_newest.major, layout_newest.minor);
	story.note = str_text(&note);
	return show(inv, &l, &story);
}

static void explain_line(struct invocation *inv, struct draw *d, const char *key, const char *text)
{
	out_str(inv->out, key, NULL, text);
	draw_wrapped(d, key, 10, text);
}

static void explain_field(struct invocation *inv, struct draw *d, const struct layout_field *f)
{
	explain_line(inv, d, "name", f->name);
	explain_line(inv, d, "type", f->type);
	explain_line(inv, d, "purpose", f->purpose);
	explain_line(inv, d, "writer", layout_writer_names[f->writer]);
	explain_line(inv, d, "reader", f->reader);
	explain_line(inv, d, "order", f->order);
	explain_line(inv, d, "without", f->without);
}

static void explain_member(struct invocation *inv, struct draw *d, const char *name,
			   const struct layout_member *m)
{
	const char *entry = m->entry == ENTRY_SQE ? "SQE" : "CQE", *at = m->names;
	const struct layout_field *array =
		&layout_fields[m->entry == ENTRY_SQE ? FIELD_SQES : FIELD_CQ_CQES];
	_cleanup_str_ struct str others = { 0 }, type = { 0 }, place = { 0 };
	struct layout_alias a;

	while (layout_alias_next(m, &at, &a)) {
		if (strlen(name + 4) != (size_t)a.name_len ||
		    strncmp(name + 4, a.name, a.name_len)) {
			str_addf(&others, "%s%.*s", others.len ? ", " : "", a.name_len, a.name);
			continue;
		}
		str_addn(&type, a.type, a.type_len);
		str_addf(&place, "byte %u of the %s", a.offset, entry);
	}
	if (others.len)
		str_addf(&place, ", which the opcode may call by other names: %s",
			 str_text(&others));
	explain_line(inv, d, "name", name);
	explain_line(inv, d, "type", str_text(&type));
	explain_line(inv, d, "place", str_text(&place));
	explain_line(inv, d, "purpose", m->brief);
	explain_line(inv, d, "writer", layout_writer_names[array->writer]);
	explain_line(inv, d, "reader", array->reader);
	explain_line(inv, d, "order", array->order);
	explain_line(inv, d, "without", array->without);
}

static void list_names(struct invocation *inv)
{
	out_arr(inv->out, "explained", "");
	for (unsigned i = 0; i < LAYOUT_FIELDS; i++) {
		out_row(inv->out, NULL, "");
		out_str(inv->out, "name", "field", layout_fields[i].name);
		out_str(inv->out, "brief", "meaning", layout_fields[i].brief);
		out_end(inv->out);
	}
	for (unsigned i = 0; i < n_layout_members; i++) {
		const struct layout_member *m = &layout_members[i];
		_cleanup_str_ struct str name = { 0 };

		str_addf(&name, "%s.", layout_entry_names[m->entry]);
		str_addn(&name, m->names, strcspn(m->names, " :"));
		out_row(inv->out, NULL, "");
		out_str(inv->out, "name", "field", str_text(&name));
		out_str(inv->out, "brief", "meaning", m->brief);
		out_end(inv->out);
	}
	out_end(inv->out);
}

static int no_such_field(const struct invocation *inv, const char *asked)
{
	struct suggestion near = { 0 };
	char name[SUGGEST_MAX + 1];

	suggest(&near, asked, "list");
	for (unsigned i = 0; i < LAYOUT_FIELDS; i++)
		suggest(&near, asked, layout_fields[i].name);
	for (unsigned i = 0; i < n_layout_members; i++) {
		const struct layout_member *m = &layout_members[i];
		const char *at = m->names;
		struct layout_alias a;

		while (layout_alias_next(m, &at, &a)) {
			snprintf(name, sizeof(name), "%s.%.*s", layout_entry_names[m->entry],
				 a.name_len, a.name);
			suggest(&near, asked, name);
		}
	}
	cmd_error(inv, "no field is called '%s'%s", asked,
		  suggest_text(&near, "; uringtool layout --explain=list names them"));
	return EXIT_USAGE;
}

static int explain(struct invocation *inv)
{
	const struct layout_opts *opts = inv->opts;
	const struct layout_field *f = layout_field_find(opts->explain);
	const struct layout_member *m = layout_member_find(opts->explain);
	_cleanup_str_ struct str text = { 0 };
	struct draw d;

	if (!strcmp(opts->explain, "list")) {
		list_names(inv);
		return EXIT_OK;
	}
	if (!f && !m)
		return no_such_field(inv, opts->explain);
	draw_init(&d, &text, &inv->style);
	out_obj(inv->out, "explained", NULL);
	if (f)
		explain_field(inv, &d, f);
	else
		explain_member(inv, &d, opts->explain, m);
	out_end(inv->out);
	out_block(inv->out, str_text(&text));
	return EXIT_OK;
}

/* Index of a word in names, or -1. */
static int word(const char *const *names, unsigned n, const char *text)
{
	for (unsigned i = 0; i < n; i++)
		if (!strcmp(names[i], text))
			return i;
	return -1;
}

static int ask_walk(struct invocation *inv, struct walk_ask *ask_for)
{
	const struct layout_opts *opts = inv->opts;
	int op = word(walk_op_names, WALK_OPS, opts->op ? opts->op : "nop");
	int scene = word(walk_scene_names, WALK_SCENES, opts->scene ? opts->scene : "request");
	bool all = opts->scene && !strcmp(opts->scene, "all");
	struct suggestion near = { 0 };
	uint32_t user_flags;

	if (op < 0) {
		suggest_among(&near, opts->op, walk_op_names, WALK_OPS);
		cmd_error(inv, "no request is called '%s'%s", opts->op,
			  suggest_text(&near, "; see uringtool layout --help"));
		return EXIT_USAGE;
	}
	if (scene < 0 && !all) {
		suggest_among(&near, opts->scene, walk_scene_names, WALK_SCENES);
		suggest(&near, opts->scene, "all");
		cmd_error(inv, "no scene is called '%s'%s", opts->scene,
			  suggest_text(&near, "; see uringtool layout --help"));
		return EXIT_USAGE;
	}
	if (inv->common.replay) {
		cmd_error(inv, "--walk needs the running kernel: a recording does not hold what "
			       "happens in a ring");
		return EXIT_USAGE;
	}
	ask_for->entries = entries(opts);
	ask_for->op = op;
	ask_for->scenes = all ? (1u << WALK_SCENES) - 1 : 1u << scene;
	ask_for->patience_ms = PATIENCE_MS;
	ask(opts, &ask_for->asked, &user_flags);
	if (ask_for->asked.flags & SETUP_SQPOLL)
		ask_for->asked.sq_thread_idle = WALK_IDLE_MS;
	return EXIT_OK;
}

static int walk(struct invocation *inv)
{
	_cleanup_str_ struct str text = { 0 };
	_cleanup_walk_ struct walk w = { 0 };
	struct walk_ask ask_for = { 0 };
	struct draw d;
	struct fail f;
	int r = ask_walk(inv, &ask_for);

	if (r == EXIT_OK)
		r = cmd_check_access(inv);
	if (r != EXIT_OK)
		return r;
	if (walk_run(inv->kernel, &ask_for, &w, &f) < 0)
		return refused(inv, &ask_for.asked, &f);
	emit_walk(inv->out, &w);
	draw_init(&d, &text, &inv->style);
	draw_walk(&d, &w);
	out_block(inv->out, str_text(&text));
	return EXIT_OK;
}

static int misused(struct invocation *inv, const char *option, const char *with)
{
	cmd_error(inv, "--%s %s", option, with);
	return EXIT_USAGE;
}

static int run(struct invocation *inv)
{
	const struct layout_opts *opts = inv->opts;

	if (!opts->walk && (opts->op || opts->scene))
		return misused(inv, opts->op ? "op" : "scene", "goes with --walk");
	if (opts->walk && (opts->as_of || opts->explain))
		return misused(inv, opts->as_of ? "as-of" : "explain",
			       "and --walk exclude each "
			       "other");
	if (opts->svg && (opts->walk || opts->explain))
		return misused(inv, "svg",
			       "is a picture of the layout, not of --walk or --explain");
	if (opts->walk)
		return walk(inv);
	if (opts->explain)
		return explain(inv);
	return opts->as_of ? predict(inv) : observe(inv);
}

const struct command cmd_layout = {
	.name = "layout",
	.summary =
		"how the rings lie in memory: every field, offset and size, read from a real ring",
	.examples = examples,
	.opt_rows = opt_rows,
	.n_opt_rows = &n_opt_rows,
	.opts_size = sizeof(struct layout_opts),
	.replayable = true,
	.run = run,
};
