/* SPDX-License-Identifier: MIT */
/* Checks the output files of a command line. */
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "save.h"

/* Maximum number of outputs of a command line. */
#define MAX_OUTPUTS 8

typedef int (*opt_fn)(struct invocation *inv, const struct opt *k, const void *base, void *arg,
		      struct fail *f);

static int each_of(struct invocation *inv, const struct opt *opt_rows, unsigned n, const void *base,
		   opt_fn fn, void *arg, struct fail *f)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < n; i++)
		r = fn(inv, &opt_rows[i], base, arg, f);
	return r;
}

static int each_opt(struct invocation *inv, opt_fn fn, void *arg, struct fail *f)
{
	const struct command *cmd = inv->cmd;
	int r = each_of(inv, common_opt_rows, n_common_opt_rows, &inv->common, fn, arg, f);

	if (r == 0)
		r = each_of(inv, cmd->opt_rows, *cmd->n_opt_rows, inv->opts, fn, arg, f);
	if (r == 0)
		r = each_of(inv, cmd->more_opt_rows, cmd->n_more_opt_rows, inv->opts, fn, arg, f);
	return r;
}

static int add_word(struct invocation *inv, const char *word, struct fail *f)
{
	struct output_rules *rules = &inv->rules;
	const char **more = reallocarray(inv->words, rules->n_words + 1, sizeof(*more));

	if (!more)
		return fail_set(f, -ENOMEM, "out of memory");
	inv->words = more;
	more[rules->n_words++] = word;
	rules->words = more;
	return 0;
}

static int add_words(struct invocation *inv, const struct opt *k, const void *base, void *arg,
		     struct fail *f)
{
	const struct opt_list *list = (const void *)((const char *)base + k->offset);
	int r = 0;

	(void)arg;
	if (k->type == OPT_LIST) {
		for (unsigned i = 0; r == 0 && i < list->n; i++)
			r = add_word(inv, list->item[i], f);
	} else if ((k->type == OPT_STR || k->type == OPT_STR_OPTIONAL) && !k->writes &&
		   opt_str(k, base)) {
		r = add_word(inv, opt_str(k, base), f);
	}
	return r;
}

/* If -o names a folder, or ends with '/', the file in it is named after the kind of document. The folder is
 * created if it does not exist. */
static int find_folder(struct invocation *inv, struct fail *f)
{
	const char *path = inv->common.output;
	_cleanup_(output_free) struct output to = { .fd = -1 };
	_cleanup_free_ char *name = path ? strdup(path) : NULL;
	size_t n = path ? strlen(path) : 0;
	bool is_folder = n && path[n - 1] == '/';
	struct stat st;
	int r = 0;

	if (!n || !inv->cmd->output_folder)
		return 0;
	if (!name)
		return fail_set(f, -ENOMEM, "out of memory");
	while (n > 1 && name[n - 1] == '/')
		name[--n] = '\0';
	if (stat(path, &st) < 0 && is_folder)
		r = output_find(name, WRITTEN_RESULT, &inv->rules, &to, f);
	if (r < 0) {
		f->kind = f->kind == FAIL_REFUSED ? FAIL_REFUSED : FAIL_USAGE;
		return r;
	}
	if (to.path && mkdir(to.path, 0777) < 0)
		return fail_as(f, FAIL_USAGE, -errno, "%s: %s", path, strerror(errno));
	if (!is_folder && (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)))
		return 0;
	if (access(path, W_OK | X_OK) < 0)
		return fail_as(f, FAIL_USAGE, -errno, "%s: %s", path, strerror(errno));
	str_addf(&inv->output, "%s%s%s.json", path, is_folder ? "" : "/",
		 inv->cmd->kind ? inv->cmd->kind(inv->opts) : inv->cmd->name);
	if (inv->output.err)
		return fail_set(f, -ENOMEM, "out of memory");
	inv->common.output = str_text(&inv->output);
	return 0;
}

/* The outputs found so far. */
struct found {
	struct output to[MAX_OUTPUTS];
	const char *option[MAX_OUTPUTS];
	unsigned n;
};

static int check(struct invocation *inv, const struct opt *k, const void *base, void *arg,
		 struct fail *f)
{
	struct found *found = arg;
	struct output *to = &found->to[found->n];
	int r;

	if (!k->writes || !opt_str(k, base))
		return 0;
	if (found->n == MAX_OUTPUTS)
		return fail_set(f, -E2BIG, "more than %u outputs", MAX_OUTPUTS);
	r = output_find(opt_str(k, base), k->writes, &inv->rules, to, f);
	if (r < 0)
		return r;
	found->option[found->n++] = k->name;
	for (unsigned i = 0; i + 1 < found->n; i++)
		if (output_same(&found->to[i], to))
			return fail_as(f, FAIL_USAGE, -EINVAL,
				       "--%s and --%s name the same file, %s", found->option[i],
				       k->name, opt_str(k, base));
	return 0;
}

int cmd_check_outputs(struct invocation *inv, struct fail *f)
{
	struct found found = { .n = 0 };
	int r = 0;

	inv->rules.replace = inv->common.replace_output;
	inv->rules.kind = inv->cmd->reads_folders ? inv->cmd->name : NULL;
	for (int i = 0; r == 0 && i < inv->n_args; i++)
		r = add_word(inv, inv->args[i], f);
	if (r == 0)
		r = each_opt(inv, add_words, NULL, f);
	if (r == 0)
		r = find_folder(inv, f);
	if (r == 0)
		r = each_opt(inv, check, &found, f);
	for (unsigned i = 0; i < found.n; i++)
		output_free(&found.to[i]);
	return r;
}

int cmd_save(struct invocation *inv, const char *path, enum written what, const struct str *text)
{
	struct fail f;
	int r = save_file(path, what, &inv->rules, text, &f);

	return r < 0 ? cmd_fail(inv, &f) : EXIT_OK;
}
