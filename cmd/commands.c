/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <string.h>

#include "command.h"
#include "probe/feature/access.h"
#include "probe/lib/base.h"

static const char *const color_words[] = {
	[COLOR_AUTO] = "auto",
	[COLOR_ALWAYS] = "always",
	[COLOR_NEVER] = "never",
	NULL,
};

const struct opt common_opt_rows[] = {
	{ "json", 0, OPT_BOOL, offsetof(struct common_opts, json),
	  .help = "print the result as JSON" },
	{ "output", 'o', OPT_STR, offsetof(struct common_opts, output), .arg = "FILE",
	  .writes = WRITTEN_RESULT, .help = "also write the result to FILE, as JSON, atomically" },
	{ "replace-output", 0, OPT_BOOL, offsetof(struct common_opts, replace_output),
	  .help = "consent to replace an output file that was not written by this program" },
	{ "color", 0, OPT_WORD, offsetof(struct common_opts, color), .def = "auto",
	  .words = color_words, .arg = "WHEN", .help = "colour the output; NO_COLOR is respected" },
	{ "ascii", 0, OPT_BOOL, offsetof(struct common_opts, ascii),
	  .help = "draw with ASCII characters only" },
	{ "record", 0, OPT_STR, offsetof(struct common_opts, record), .arg = "FILE",
	  .writes = WRITTEN_RECORDING,
	  .help = "save every question to the kernel and its answer in FILE, for a bug report" },
	{ "replay", 0, OPT_STR, offsetof(struct common_opts, replay), .arg = "FILE",
	  .help = "take the answers from a recording instead of the kernel" },
};
const unsigned n_common_opt_rows = ARRAY_SIZE(common_opt_rows);

const struct command *const commands[] = { &cmd_probe,	 &cmd_layout,  &cmd_dump,  &cmd_bench,
					   &cmd_compare, &cmd_qualify, &cmd_report };
const unsigned n_commands = ARRAY_SIZE(commands);

void cmd_error(const struct invocation *inv, const char *fmt, ...)
{
	_cleanup_free_ char *msg = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&msg, fmt, ap) < 0)
		msg = NULL;
	va_end(ap);
	fprintf(stderr, "uringtool %s: %s\n", inv->cmd->name, msg ? msg : "out of memory");
}

void cmd_because(struct invocation *inv, const char *fmt, ...)
{
	va_list ap;

	if (inv->why.len || inv->why.err)
		return;
	va_start(ap, fmt);
	str_vaddf(&inv->why, fmt, ap);
	va_end(ap);
}

int cmd_fail(const struct invocation *inv, const struct fail *f)
{
	static const enum exit_code codes[] = {
		[FAIL_RUNTIME] = EXIT_RUNTIME,
		[FAIL_USAGE] = EXIT_USAGE,
		[FAIL_REFUSED] = EXIT_REFUSED,
		[FAIL_UNAVAILABLE] = EXIT_UNAVAILABLE,
	};

	cmd_error(inv, "%s", f->msg);
	return codes[f->kind];
}

int cmd_check_access(const struct invocation *inv)
{
	struct access a;
	int r = access_probe(inv->kernel, &a);

	if (r < 0) {
		cmd_error(inv, "cannot tell whether io_uring is usable: %s", strerror(-r));
		return EXIT_RUNTIME;
	}
	if (a.verdict == ACCESS_USABLE)
		return EXIT_OK;
	cmd_error(inv, "io_uring is not usable here: %s%s%s", a.why, *a.fix ? "; " : "", a.fix);
	return EXIT_UNAVAILABLE;
}
