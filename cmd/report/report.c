/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/command.h"
#include "emit-report.h"
#include "probe/lib/array.h"
#include "probe/lib/base.h"
#include "render.h"

/* Limit for results and unreadable files in folders. */
#define MAX_FILES 16384

/* Maximum depth of subfolders. */
#define MAX_DEPTH 4

struct report_opts {
	uint64_t format; /* index into formats */
	const char *expect_hosts;
	bool fail_on_outliers;
};

static const struct renderer *const renderers[] = {
	&render_markdown, &render_junit, &render_tap, &render_prometheus, &render_ocp, &render_html,
};

static const char *const formats[] = {
	"text", "markdown", "junit", "tap", "prometheus", "ocp", "html", NULL,
};
_Static_assert(ARRAY_SIZE(formats) == ARRAY_SIZE(renderers) + 2, "text has no renderer");

static const struct opt opt_rows[] = {
	{ "format", 0, OPT_WORD, offsetof(struct report_opts, format), .def = "text",
	  .words = formats, .arg = "FORMAT", .help = "output format" },
	{ "expect-hosts", 0, OPT_STR, offsetof(struct report_opts, expect_hosts), .arg = "FILE",
	  .help = "file with one expected host per line; a host without a result is a failure" },
	{ "fail-on-outliers", 0, OPT_BOOL, offsetof(struct report_opts, fail_on_outliers),
	  .help = "fail if a device is worse than the others of its model and firmware" },
};
static const unsigned n_opt_rows = ARRAY_SIZE(opt_rows);

static const char *const examples[] = {
	"uringtool report result.json --format=junit -o junit.xml",
	"a qualification for Jenkins, GitLab or GitHub",
	"uringtool report result.json --format=html -o result.html",
	"one file with plots, for a browser, without a network",
	"uringtool report results/ --expect-hosts=hosts.txt",
	"the results of many hosts: who failed, who is missing, whose drive is slower than the "
	"others",
	"uringtool report result.json --format=prometheus "
	"-o /var/lib/node_exporter/textfile/uringtool.prom",
	"metrics for node_exporter's textfile collector",
	NULL,
};

struct input {
	struct document *docs;
	size_t n_docs;
	struct unreadable *unreadable;
	size_t n_unreadable;
	char **expected;
	size_t n_expected;
	bool folder; /* a folder was given */
};

static void free_input(struct input *in)
{
	for (size_t i = 0; i < in->n_docs; i++)
		document_free(&in->docs[i]);
	for (size_t i = 0; i < in->n_unreadable; i++) {
		free(in->unreadable[i].file);
		free(in->unreadable[i].why);
	}
	for (size_t i = 0; i < in->n_expected; i++)
		free(in->expected[i]);
	free(in->docs);
	free(in->unreadable);
	free(in->expected);
}

static int no_memory(struct fail *f)
{
	return fail_set(f, -ENOMEM, "out of memory");
}

static int add_file(struct input *in, const char *path, bool *foreign, struct fail *f)
{
	struct document *more = array_room(in->docs, in->n_docs, sizeof(*more));
	int r;

	if (!more)
		return no_memory(f);
	in->docs = more;
	r = document_load(path, &in->docs[in->n_docs], foreign, f);
	if (r == 0)
		in->n_docs++;
	return r;
}

static int add_unreadable(struct input *in, const char *path, struct fail *f)
{
	struct unreadable *more = array_room(in->unreadable, in->n_unreadable, sizeof(*more));
	const char *why = f->msg;
	_cleanup_str_ struct str text = { 0 };
	size_t len = strlen(path);

	if (!more)
		return no_memory(f);
	in->unreadable = more;
	/* The message already begins with the file name, and perhaps the line. */
	if (!strncmp(why, path, len) && why[len] == ':')
		why += len + 1;
	str_addf(&text, "%s%s", *why == ' ' ? "" : "line ", why + strspn(why, " "));
	more = &in->unreadable[in->n_unreadable++];
	*more = (struct unreadable){ strdup(path), strdup(str_text(&text)) };
	if (!more->file || !more->why)
		return no_memory(f);
	text_tame(more->file);
	text_tame(more->why);
	return 0;
}

static bool ends_in_json(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && !strcmp(name + len - 5, ".json");
}

static int is_result(const struct dirent *e)
{
	return *e->d_name != '.' && (e->d_type != DT_REG || ends_in_json(e->d_name));
}

static int add_folder(struct input *in, const char *path, unsigned depth, struct fail *f);

/* Reports results in a folder that cannot be read, and ignores other JSON files. */
static int add_entry(struct input *in, const char *path, unsigned depth, struct fail *f)
{
	bool foreign;
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return depth < MAX_DEPTH ? add_folder(in, path, depth + 1, f) : 0;
	if (!S_ISREG(st.st_mode) || !ends_in_json(path))
		return 0;
	if (in->n_docs + in->n_unreadable >= MAX_FILES)
		return fail_as(f, FAIL_USAGE, -E2BIG, "more than %u files", MAX_FILES);
	r = add_file(in, path, &foreign, f);
	if (r == 0 || foreign)
		return 0;
	return r == -ENOMEM ? r : add_unreadable(in, path, f);
}

static int add_folder(struct input *in, const char *path, unsigned depth, struct fail *f)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_result, alphasort), r = 0;

	if (n < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		_cleanup_str_ struct str inside = { 0 };

		str_addf(&inside, "%s/%s", path, entries[i]->d_name);
		if (r == 0)
			r = inside.err ? no_memory(f) : add_entry(in, str_text(&inside), depth, f);
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int read_input(struct input *in, char **paths, int n, struct fail *f)
{
	for (int i = 0; i < n; i++) {
		struct stat st;
		int r;

		if (stat(paths[i], &st) < 0)
			return fail_as(f, FAIL_USAGE, -errno, "%s: %s", paths[i], strerror(errno));
		if (S_ISDIR(st.st_mode)) {
			in->folder = true;
			r = add_folder(in, paths[i], 0, f);
		} else {
			r = add_file(in, paths[i], NULL, f);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_hosts(struct input *in, const char *path, struct fail *f)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;

	if (!file)
		return fail_as(f, FAIL_USAGE, -errno, "%s: %s", path, strerror(errno));
	while (getline(&line, &cap, file) >= 0) {
		char **more = array_room(in->expected, in->n_expected, sizeof(*more));
		char *at = line + strspn(line, " \t\r\n");

		at[strcspn(at, "# \t\r\n")] = '\0';
		if (!more)
			return no_memory(f);
		in->expected = more;
		if (!*at)
			continue;
		if (in->n_expected >= MAX_FILES)
			return fail_as(f, FAIL_USAGE, -E2BIG, "%s: more than %u hosts", path,
				       MAX_FILES);
		text_tame(at);
		in->expected[in->n_expected] = strdup(at);
		if (!in->expected[in->n_expected])
			return no_memory(f);
		in->n_expected++;
	}
	if (ferror(file))
		return fail_as(f, FAIL_USAGE, -EIO, "%s: %s", path, strerror(errno));
	if (!in->n_expected)
		return fail_as(f, FAIL_USAGE, -EINVAL, "%s: no host in it", path);
	return 0;
}

static int exit_code(const struct report *r)
{
	switch (r->fleet.verdict) {
	case DOC_FAIL:
		return EXIT_UNMET;
	case DOC_INVALID:
		return EXIT_UNDECIDED;
	case DOC_SKIPPED:
		return r->fleet.counts[DOC_PASS] ? EXIT_UNDECIDED : EXIT_UNAVAILABLE;
	default:
		return EXIT_OK;
	}
}

static int check_fit(const struct report *r, const struct renderer *as, struct fail *f)
{
	if (as->one_only && r->fleet.n_docs != 1)
		return fail_as(f, FAIL_USAGE, -EINVAL, "--format=%s takes one result, not %zu",
			       as->name, r->fleet.n_docs);
	if (as->judged_only && r->fleet.n_docs && !r->n_results)
		return fail_as(
			f, FAIL_USAGE, -EINVAL, "%s: a %s has no verdict, which --format=%s needs",
			r->fleet.docs[0]->file, doc_kind_names[r->fleet.docs[0]->kind], as->name);
	return 0;
}

static int render(struct invocation *inv, struct report *r)
{
	const struct report_opts *opts = inv->opts;
	const struct renderer *as = opts->format ? renderers[opts->format - 1] : NULL;
	struct fail f;
	int e = report_prepare(r) < 0 ? no_memory(&f) : 0;

	if (e == 0 && as) {
		e = check_fit(r, as, &f);
		if (e == 0)
			e = as->render(r, &inv->form, &f);
	} else if (e == 0) {
		emit_report(inv->out, r);
	}
	if (e < 0)
		return cmd_fail(inv, &f);
	cmd_because(inv, "%s%s%s", doc_verdict_names[r->fleet.verdict], r->summary.len ? ": " : "",
		    str_text(&r->summary));
	return exit_code(r);
}

static int report(struct invocation *inv, struct input *in)
{
	const struct report_opts *opts = inv->opts;
	struct report r = {
		.ask = { .docs = in->docs,
			 .n_docs = in->n_docs,
			 .expected = (const char *const *)in->expected,
			 .n_expected = in->n_expected,
			 .n_unreadable = in->n_unreadable,
			 .outliers_fail = opts->fail_on_outliers },
		.unreadable = in->unreadable,
		.n_unreadable = in->n_unreadable,
		.many = in->folder || in->n_docs > 1 || in->expected,
	};
	struct fail f;
	int code;

	if (fleet_judge(&r.ask, &r.fleet, &f) < 0)
		return cmd_fail(inv, &f);
	code = render(inv, &r);
	report_free(&r);
	return code;
}

static int run(struct invocation *inv)
{
	const struct report_opts *opts = inv->opts;
	struct input in = { 0 };
	struct fail f;
	int r, code;

	if (!inv->n_args) {
		cmd_error(inv, "which results? uringtool report FILE|FOLDER...");
		return EXIT_USAGE;
	}
	if (inv->common.json && opts->format) {
		cmd_error(inv, "--json and --format=%s exclude each other", formats[opts->format]);
		return EXIT_USAGE;
	}
	r = read_input(&in, inv->args, inv->n_args, &f);
	if (r == 0 && opts->expect_hosts)
		r = read_hosts(&in, opts->expect_hosts, &f);
	if (r == 0 && !in.n_docs && !in.n_unreadable && !in.expected)
		r = fail_as(&f, FAIL_USAGE, -ENOENT, "%s: no result in it", inv->args[0]);
	code = r < 0 ? cmd_fail(inv, &f) : report(inv, &in);
	free_input(&in);
	return code;
}

const struct command cmd_report = {
	.name = "report",
	.args = "RESULT|FOLDER...",
	.max_args = INT_MAX,
	.summary = "results again, for people and for pipelines; those of many hosts as one",
	.examples = examples,
	.opt_rows = opt_rows,
	.n_opt_rows = &n_opt_rows,
	.opts_size = sizeof(struct report_opts),
	.reads_folders = true,
	.run = run,
};
