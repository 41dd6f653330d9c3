/* SPDX-License-Identifier: MIT */
#include "help.h"

#include <ctype.h>
#include <string.h>

#include "command.h"
#include "job-schema.h"
#include "probe/lib/base.h"

#define HELP_COLUMN 26

static const char *arg_of(const struct opt *k)
{
	static const char *const args[] = {
		[OPT_UINT] = "N",
		[OPT_SIZE] = "SIZE",
		[OPT_TIME] = "TIME",
		[OPT_STR] = "TEXT",
		[OPT_UINT_OPTIONAL] = "N",
		[OPT_WORD] = "WORD",
		[OPT_STR_OPTIONAL] = "TEXT",
		[OPT_LIST] = "TEXT",
	};

	return k->arg ? k->arg : args[k->type];
}

/* "--rw=read|write", "--sqpoll[=CPU]", "--direct" */
static void option_text(struct str *to, const struct opt *k)
{
	if (k->short_name)
		str_addf(to, "-%c, ", k->short_name);
	str_addf(to, "--%s", k->name);
	if (opt_value_optional(k))
		str_addf(to, "[=%s]", arg_of(k));
	else if (k->type != OPT_BOOL)
		str_addf(to, "=%s", arg_of(k));
	if (k->neg)
		str_addf(to, ", --%s", k->neg);
}

static void words_text(struct str *to, const struct opt *k)
{
	for (unsigned i = 0; k->words[i]; i++)
		str_addf(to, "%s%s", i ? ", " : "", k->words[i]);
}

static void explain(struct str *to, const struct opt *k)
{
	str_add(to, k->help);
	if (k->type == OPT_WORD) {
		str_add(to, ": ");
		words_text(to, k);
	}
	if (k->def && k->type == OPT_BOOL)
		str_addf(to, " (default: --%s)", strcmp(k->def, "no") ? k->name : k->neg);
	else if (k->def)
		str_addf(to, " (default: %s)", k->def);
}

/* Wraps text at spaces, in the column right of the options. */
static void wrapped(struct str *to, const char *text, unsigned column, unsigned width)
{
	unsigned at = column;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (at > column && at + 1 + word > width) {
			str_add(to, "\n");
			str_rep(to, " ", column);
			at = column;
		} else if (at > column) {
			str_add(to, " ");
			at++;
		}
		str_addn(to, text, word);
		at += word;
		text += word;
		text += *text == ' ';
	}
	str_add(to, "\n");
}

static void opts_text(struct str *to, const struct opt *opt_rows, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		_cleanup_str_ struct str option = { 0 }, help = { 0 };

		option_text(&option, &opt_rows[i]);
		explain(&help, &opt_rows[i]);
		str_addf(to, "  %-*s", HELP_COLUMN - 2, str_text(&option));
		if (option.len > HELP_COLUMN - 4) {
			str_add(to, "\n");
			str_rep(to, " ", HELP_COLUMN);
		}
		wrapped(to, str_text(&help), HELP_COLUMN, 100);
	}
}

void doc_help(struct str *to, const struct command *cmd)
{
	str_addf(to, "usage: uringtool %s [OPTION...]%s%s\n\n%s\n", cmd->name, cmd->args ? " " : "",
		 cmd->args ? cmd->args : "", cmd->summary);
	if (*cmd->n_opt_rows) {
		str_add(to, "\noptions:\n");
		opts_text(to, cmd->opt_rows, *cmd->n_opt_rows);
		opts_text(to, cmd->more_opt_rows, cmd->n_more_opt_rows);
	}
	str_add(to, "\nof every command:\n");
	opts_text(to, common_opt_rows, n_common_opt_rows);
	str_add(to, "\nexamples:\n");
	for (const char *const *e = cmd->examples; *e; e += 2)
		str_addf(to, "  %s\n      %s\n", e[0], e[1]);
	str_addf(to, "\nManual: uringtool-%s(1)\n", cmd->name);
}

void doc_usage(struct str *to)
{
	str_add(to, "usage: uringtool COMMAND [OPTION...] [ARGUMENT...]\n\n"
		    "Tells what io_uring really does on this machine, and how fast.\n\n"
		    "commands:\n");
	for (unsigned i = 0; i < n_commands; i++)
		str_addf(to, "  %-10s%s\n", commands[i]->name, commands[i]->summary);
	str_add(to, "\nuringtool COMMAND --help explains a command; uringtool --version prints the "
		    "version.\nManual: uringtool(1)\n");
}

typedef void (*opt_fn)(struct str *to, const struct command *cmd, const struct opt *k);

static void each_opt(struct str *to, const struct command *cmd, opt_fn fn)
{
	for (unsigned i = 0; i < *cmd->n_opt_rows; i++)
		fn(to, cmd, &cmd->opt_rows[i]);
	for (unsigned i = 0; i < cmd->n_more_opt_rows; i++)
		fn(to, cmd, &cmd->more_opt_rows[i]);
	for (unsigned i = 0; i < n_common_opt_rows; i++)
		fn(to, cmd, &common_opt_rows[i]);
}

static void bash_option(struct str *to, const struct command *cmd, const struct opt *k)
{
	bool needs_value = k->type != OPT_BOOL && !opt_value_optional(k);

	(void)cmd;
	str_addf(to, " --%s%s", k->name, needs_value ? "=" : "");
	if (k->neg)
		str_addf(to, " --%s", k->neg);
}

static void bash_words(struct str *to, const struct command *cmd, const struct opt *k)
{
	if (k->type != OPT_WORD)
		return;
	str_addf(to, "\t%s:--%s) words=\"", cmd->name, k->name);
	for (unsigned i = 0; k->words[i]; i++)
		str_addf(to, "%s%s", i ? " " : "", k->words[i]);
	str_add(to, "\" ;;\n");
}

static void bash(struct str *to)
{
	str_add(to, "# bash completion for uringtool, generated from its tables\n"
		    "_uringtool() {\n"
		    "\tlocal cur prev cmd words opts\n"
		    "\tCOMPREPLY=()\n"
		    "\tcur=${COMP_WORDS[COMP_CWORD]}\n"
		    "\tprev=${COMP_WORDS[COMP_CWORD-1]}\n"
		    "\tcmd=${COMP_WORDS[1]}\n"
		    "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
		    "\t\tCOMPREPLY=($(compgen -W \"");
	for (unsigned i = 0; i < n_commands; i++)
		str_addf(to, "%s ", commands[i]->name);
	str_add(to, "--help --version\" -- \"$cur\"))\n"
		    "\t\treturn\n"
		    "\tfi\n"
		    "\tif [ \"$cur\" = = ]; then cur=; elif [ \"$prev\" = = ]; then "
		    "prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
		    "\tcase $cmd:$prev in\n");
	for (unsigned i = 0; i < n_commands; i++)
		each_opt(to, commands[i], bash_words);
	str_add(to, "\tesac\n"
		    "\tif [ -n \"$words\" ]; then\n"
		    "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		    "\t\treturn\n"
		    "\tfi\n"
		    "\tcase $cmd in\n");
	for (unsigned i = 0; i < n_commands; i++) {
		str_addf(to, "\t%s) opts=\"--help", commands[i]->name);
		each_opt(to, commands[i], bash_option);
		str_add(to, "\" ;;\n");
	}
	str_add(to, "\tesac\n"
		    "\tif [[ $cur == -* ]]; then\n"
		    "\t\tCOMPREPLY=($(compgen -W \"$opts\" -- \"$cur\"))\n"
		    "\t\t[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
		    "\tfi\n"
		    "}\n"
		    "complete -o default -F _uringtool uringtool\n");
}

/* Help text as one word of a shell, without characters that the shell or the completion interprets. */
static void plain(struct str *to, const char *text)
{
	for (; *text; text++)
		if (!strchr("'[]:\\\"`$", *text))
			str_addn(to, text, 1);
}

static bool takes_file(const struct opt *k)
{
	return k->type == OPT_STR || k->type == OPT_LIST;
}

static void zsh_option(struct str *to, const struct command *cmd, const struct opt *k)
{
	(void)cmd;
	str_addf(to, "\t\t\t'%s--%s%s[", k->type == OPT_LIST ? "*" : "", k->name,
		 k->type == OPT_BOOL	 ? ""
		 : opt_value_optional(k) ? "=-"
					 : "=");
	plain(to, k->help);
	str_add(to, "]");
	if (k->type == OPT_WORD) {
		str_addf(to, ":%s:(", k->name);
		for (unsigned i = 0; k->words[i]; i++)
			str_addf(to, "%s%s", i ? " " : "", k->words[i]);
		str_add(to, ")");
	} else if (opt_value_optional(k)) {
		str_addf(to, "::%s:", arg_of(k));
	} else if (k->type != OPT_BOOL) {
		str_addf(to, ":%s:%s", arg_of(k), takes_file(k) ? "_files" : "");
	}
	str_add(to, "' \\\n");
	if (k->neg)
		str_addf(to, "\t\t\t'--%s[the opposite of --%s]' \\\n", k->neg, k->name);
}

static void zsh(struct str *to)
{
	str_add(to, "#compdef uringtool\n"
		    "# zsh completion for uringtool, generated from its tables\n"
		    "_uringtool() {\n"
		    "\tlocal line\n"
		    "\t_arguments -C '1:command:((");
	for (unsigned i = 0; i < n_commands; i++) {
		str_addf(to, "%s%s\\:\"", i ? " " : "", commands[i]->name);
		plain(to, commands[i]->summary);
		str_add(to, "\"");
	}
	str_add(to, "))' '*::arg:->args'\n"
		    "\tcase $line[1] in\n");
	for (unsigned i = 0; i < n_commands; i++) {
		str_addf(to, "\t%s)\n\t\t_arguments \\\n", commands[i]->name);
		each_opt(to, commands[i], zsh_option);
		str_add(to, "\t\t\t'*:file:_files'\n\t\t;;\n");
	}
	str_add(to, "\tesac\n}\n_uringtool \"$@\"\n");
}

static void fish_option(struct str *to, const struct command *cmd, const struct opt *k)
{
	str_addf(to, "complete -c uringtool -n '__fish_seen_subcommand_from %s' -l %s", cmd->name,
		 k->name);
	if (k->short_name)
		str_addf(to, " -s %c", k->short_name);
	if (k->type == OPT_WORD) {
		str_add(to, " -x -a '");
		for (unsigned i = 0; k->words[i]; i++)
			str_addf(to, "%s%s", i ? " " : "", k->words[i]);
		str_add(to, "'");
	} else if (takes_file(k)) {
		str_add(to, " -r");
	} else if (k->type != OPT_BOOL && !opt_value_optional(k)) {
		str_add(to, " -x");
	}
	str_add(to, " -d '");
	plain(to, k->help);
	str_add(to, "'\n");
	if (k->neg)
		str_addf(to,
			 "complete -c uringtool -n '__fish_seen_subcommand_from %s' -l %s -d "
			 "'the opposite of --%s'\n",
			 cmd->name, k->neg, k->name);
}

static void fish(struct str *to)
{
	str_add(to, "# fish completion for uringtool, generated from its tables\n");
	for (unsigned i = 0; i < n_commands; i++) {
		str_addf(to, "complete -c uringtool -f -n __fish_use_subcommand -a %s -d '",
			 commands[i]->name);
		plain(to, commands[i]->summary);
		str_add(to, "'\n");
	}
	for (unsigned i = 0; i < n_commands; i++)
		each_opt(to, commands[i], fish_option);
}

/* scdoc takes any character after a backslash as it is. */
static void scdoc_escaped(struct str *to, const char *text)
{
	for (; *text; text++) {
		if (ispunct((unsigned char)*text))
			str_add(to, "\\");
		str_addn(to, text, 1);
	}
}

static void scdoc_name(struct str *to, const char *dashes, const char *name)
{
	str_add(to, "*");
	scdoc_escaped(to, dashes);
	scdoc_escaped(to, name);
	str_add(to, "*");
}

static void scdoc_option(struct str *to, const struct command *cmd, const struct opt *k)
{
	const char short_name[] = { k->short_name, '\0' };
	_cleanup_str_ struct str help = { 0 };

	(void)cmd;
	if (k->short_name) {
		scdoc_name(to, "-", short_name);
		str_add(to, ", ");
	}
	scdoc_name(to, "--", k->name);
	if (k->type != OPT_BOOL) {
		str_add(to, opt_value_optional(k) ? "[=_" : "=_");
		scdoc_escaped(to, arg_of(k));
		str_add(to, opt_value_optional(k) ? "_]" : "_");
	}
	if (k->neg) {
		str_add(to, ", ");
		scdoc_name(to, "--", k->neg);
	}
	explain(&help, k);
	if (help.len)
		help.s[0] = toupper((unsigned char)help.s[0]);
	str_add(to, "\n\t");
	scdoc_escaped(to, str_text(&help));
	str_add(to, ".\n\n");
}

static void scdoc_commands(struct str *to)
{
	for (unsigned i = 0; i < n_commands; i++) {
		const char *summary = commands[i]->summary;

		str_addf(to, "*uringtool-%s*(1)\n\t%c", commands[i]->name,
			 toupper((unsigned char)*summary));
		scdoc_escaped(to, summary + 1);
		str_add(to, ".\n\n");
	}
}

int doc_generate(struct str *to, const char *what)
{
	if (!strcmp(what, "scdoc-commands")) {
		scdoc_commands(to);
		return 0;
	}
	if (!strcmp(what, "job-schema"))
		return job_schema(to);
	if (!strcmp(what, "job-keys")) {
		job_keys(to);
		return 0;
	}
	if (!strcmp(what, "bash")) {
		bash(to);
		return 0;
	}
	if (!strcmp(what, "zsh")) {
		zsh(to);
		return 0;
	}
	if (!strcmp(what, "fish")) {
		fish(to);
		return 0;
	}
	if (!strcmp(what, "scdoc:")) {
		for (unsigned i = 0; i < n_common_opt_rows; i++)
			scdoc_option(to, NULL, &common_opt_rows[i]);
		return 0;
	}
	for (unsigned i = 0; i < n_commands; i++) {
		if (strncmp(what, "scdoc:", 6) || strcmp(what + 6, commands[i]->name))
			continue;
		each_opt(to, commands[i], scdoc_option);
		return 0;
	}
	return -EINVAL;
}
