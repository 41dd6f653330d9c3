/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "cmd/output/emit-host.h"
#include "cmd/output/emit-recording.h"
#include "command.h"
#include "help.h"
#include "options.h"
#include "probe/kernel/recording.h"
#include "probe/lib/base.h"
#include "probe/lib/suggest.h"
#include "progress.h"
#include "version.h"

#define SCHEMA_VERSION 1

/* rec: the recording that answered, or NULL. */
static void envelope(struct out *o, int argc, char **argv, const char *kind,
		     const struct recording *rec)
{
	struct machine here;
	char when[32];
	time_t now = time(NULL);
	struct tm tm;

	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	out_u64(o, "schema_version", NULL, SCHEMA_VERSION, OUT_PLAIN);
	out_str(o, "kind", NULL, kind);
	out_obj(o, "tool", NULL);
	out_str(o, "name", NULL, "uringtool");
	out_str(o, "version", NULL, UT_VERSION);
	out_end(o);
	machine_here(&here);
	emit_host(o, rec ? &rec->machine : &here);
	if (rec)
		emit_replayed(o, rec);
	out_str(o, "time", NULL, when);
	out_arr(o, "command", NULL);
	for (int i = 0; i < argc; i++)
		out_str(o, NULL, NULL, argv[i]);
	out_end(o);
}

static void choose_style(struct invocation *inv)
{
	bool tty = isatty(STDOUT_FILENO);
	const char *no_color = getenv("NO_COLOR"), *columns = getenv("COLUMNS");
	struct winsize w;

	inv->style.color = inv->common.color == COLOR_ALWAYS ||
			   (inv->common.color == COLOR_AUTO && tty && !(no_color && *no_color));
	inv->style.ascii = inv->common.ascii;
	inv->style.width = 80;
	if (columns && atoi(columns) > 0)
		inv->style.width = atoi(columns);
	else if (tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col)
		inv->style.width = w.ws_col;
}

static int print_result(struct invocation *inv)
{
	_cleanup_str_ struct str json = { 0 }, text = { 0 };
	const bool other = inv->form.len || inv->form.err;
	const struct str *shown = other ? &inv->form : inv->common.json ? &json : &text;
	const struct str *saved = other ? &inv->form : &json;
	int code = EXIT_OK, r = inv->form.err;

	if (!other && (inv->common.json || inv->common.output))
		r = out_json(inv->out, &json);
	if (!other && r == 0 && !inv->common.json)
		r = out_text(inv->out, &inv->style, &text);
	if (r < 0) {
		cmd_error(inv, "out of memory");
		return EXIT_RUNTIME;
	}
	/* The file first: the reader of stdout may exit early, and SIGPIPE ends the program. */
	if (inv->common.output)
		code = cmd_save(inv, inv->common.output, WRITTEN_RESULT, saved);
	if (fwrite(str_text(shown), 1, shown->len, stdout) != shown->len || fflush(stdout)) {
		cmd_error(inv, "standard output: %s", strerror(errno));
		code = EXIT_RUNTIME;
	}
	return code;
}

static int save_recording(struct invocation *inv, const struct recording *rec, int argc,
			  char **argv)
{
	_cleanup_str_ struct str json = { 0 };
	struct out *o = out_new();
	struct machine here;
	int r = o ? 0 : -ENOMEM;

	if (o) {
		machine_here(&here);
		envelope(o, argc, argv, "recording", NULL);
		emit_recording(o, &here, rec);
		r = out_json(o, &json);
	}
	out_free(o);
	if (r == 0)
		return cmd_save(inv, inv->common.record, WRITTEN_RECORDING, &json);
	cmd_error(inv, "out of memory");
	return EXIT_RUNTIME;
}

/* After a signal no other reason is needed. */
static void say_why(struct invocation *inv, int code)
{
	if (code == EXIT_INTERRUPTED || code == EXIT_TERMINATED) {
		str_free(&inv->why);
		cmd_because(inv, "ended by %s", code == EXIT_INTERRUPTED ? "SIGINT" : "SIGTERM");
	}
	if (inv->why.len || inv->why.err)
		cmd_error(inv, "%s", str_text(&inv->why));
}

static int run_command(struct invocation *inv, int argc, char **argv)
{
	struct recording rec = { 0 };
	struct fail f;
	int code, printed;

	if (inv->common.replay && inv->common.record) {
		cmd_error(inv, "--record and --replay exclude each other");
		return EXIT_USAGE;
	}
	if ((inv->common.replay || inv->common.record) && !inv->cmd->replayable) {
		cmd_error(inv, "--record and --replay are for commands that query the kernel, not "
			       "for measurements and their results");
		return EXIT_USAGE;
	}
	inv->kernel = kernel_live();
	if (cmd_check_outputs(inv, &f) < 0) {
		code = cmd_fail(inv, &f);
		goto out;
	}
	if (inv->common.replay) {
		if (recording_load(inv->common.replay, &rec, &f) < 0) {
			code = cmd_fail(inv, &f);
			goto out;
		}
		if (rec.unknown.n)
			cmd_error(inv,
				  "%s: members that this version does not know are ignored: %u, "
				  "the first is %s",
				  inv->common.replay, rec.unknown.n, rec.unknown.first);
		inv->kernel = kernel_replay(&rec);
	} else if (inv->common.record) {
		inv->kernel = kernel_recorder(kernel_live(), &rec);
	}
	inv->out = out_new();
	if (!inv->kernel || !inv->out) {
		cmd_error(inv, "out of memory");
		code = EXIT_RUNTIME;
		goto out;
	}
	choose_style(inv);
	envelope(inv->out, argc, argv, inv->cmd->kind ? inv->cmd->kind(inv->opts) : inv->cmd->name,
		 inv->kernel->replays);
	out_envelope_done(inv->out);
	code = inv->cmd->run(inv);
	if (code != EXIT_USAGE && (out_described(inv->out) || inv->form.len)) {
		printed = print_result(inv);
		if (printed != EXIT_OK)
			code = printed;
	}
	if (code != EXIT_USAGE && inv->common.record) {
		printed = save_recording(inv, &rec, argc, argv);
		if (printed != EXIT_OK)
			code = printed;
	}
	if (code != EXIT_OK)
		say_why(inv, code);
out:
	str_free(&inv->why);
	str_free(&inv->form);
	str_free(&inv->output);
	free(inv->words);
	out_free(inv->out);
	kernel_free(inv->kernel);
	recording_free(&rec);
	return code;
}

static int print_text(const struct str *text)
{
	if (!text->err && fputs(str_text(text), stdout) != EOF && !fflush(stdout))
		return EXIT_OK;
	fprintf(stderr, "uringtool: standard output: %s\n",
		strerror(text->err ? -text->err : errno));
	return EXIT_RUNTIME;
}

/* others: words that are valid instead of a command, or NULL. */
static int unknown(const char *name, const char *const *others)
{
	struct suggestion near = { 0 };

	for (unsigned i = 0; i < n_commands; i++)
		suggest(&near, name, commands[i]->name);
	for (; others && *others; others++)
		suggest(&near, name, *others);
	fprintf(stderr, "uringtool: unknown %s '%s'%s\n", *name == '-' ? "option" : "command", name,
		suggest_text(&near, "; see uringtool --help"));
	return EXIT_USAGE;
}

static const struct command *find_command(const char *name)
{
	for (unsigned i = 0; i < n_commands; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	static const char *const others[] = { "help", "--help", "--version", NULL };
	struct invocation inv = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct fail f;
	int r;

	live_init();
	/* Beyond the file size limit, write(2) then returns an errno, as on a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	if (argc < 2) {
		doc_usage(&text);
		fputs(str_text(&text), stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version")) {
		str_add(&text, "uringtool " UT_VERSION "\n");
		return print_text(&text);
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		inv.cmd = argc > 2 ? find_command(argv[2]) : NULL;
		if (argc > 2 && !inv.cmd)
			return unknown(argv[2], NULL);
		if (inv.cmd)
			doc_help(&text, inv.cmd);
		else
			doc_usage(&text);
		return print_text(&text);
	}
	if (!strcmp(argv[1], "--generate") && argc == 3 && doc_generate(&text, argv[2]) == 0)
		return print_text(&text);
	inv.cmd = find_command(argv[1]);
	if (!inv.cmd)
		return unknown(argv[1], others);
	inv.opts = calloc(1, inv.cmd->opts_size + 1);
	if (!inv.opts) {
		cmd_error(&inv, "out of memory");
		return EXIT_RUNTIME;
	}
	r = opt_parse(&inv, argc - 1, argv + 1, &f);
	if (r == 1) {
		doc_help(&text, inv.cmd);
		r = print_text(&text);
	} else if (r < 0) {
		r = cmd_fail(&inv, &f);
	} else {
		r = run_command(&inv, argc, argv);
	}
	free(inv.opts);
	return r;
}
