/* SPDX-License-Identifier: MIT */
/* A command line: a byte selects the command, each line is an argument. The I/Os of a valid job of bench
 * must stay on the target. */
#include <stdlib.h>

#include "bench/job/workload.h"
#include "cmd/options.h"
#include "input.h"

#define MAX_WORDS 24
#define TARGET	  (64ull << 20)

static void draw(const struct job *job)
{
	struct io_plan plan;
	struct io_sizes sizes;
	uint64_t base = job->offset, bytes = job->size ? job->size : TARGET;

	EXPECT(io_parse(job, &sizes, NULL, NULL, NULL) == 0);
	bytes -= bytes % sizes.min;
	if (job->rw == RW_NOP || bytes < sizes.max || bytes > TARGET)
		return;
	for (unsigned index = 0; index < 2; index++) {
		io_plan_init(&plan, job, index, base, bytes);
		for (unsigned i = 0; i < 64; i++) {
			struct io io;

			io_next(&plan, &io);
			EXPECT(io.kind == IO_SYNC ||
			       (io.offset >= base && io.bytes && io.bytes <= bytes &&
				io.offset - base <= bytes - io.bytes));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input in = { data, data + n };
	struct invocation inv = { .cmd = commands[input_u8(&in) % n_commands] };
	char *text = input_text(&in), *rest = text, *word, *argv[MAX_WORDS + 2] = { NULL };
	struct fail f;
	int argc = 1, r;

	argv[0] = (char *)inv.cmd->name;
	while (argc <= MAX_WORDS && (word = strsep(&rest, "\n")))
		argv[argc++] = word;
	inv.opts = calloc(1, inv.cmd->opts_size + 1);
	EXPECT(inv.opts);
	r = opt_parse(&inv, argc, argv, &f);
	if (r < 0)
		EXPECT(*f.msg && f.kind == FAIL_USAGE);
	/* The job is the first member of the options of bench. */
	if (r == 0 && inv.cmd == &cmd_bench && job_validate(inv.opts, &f) == 0)
		draw(inv.opts);
	free(inv.opts);
	free(text);
	return 0;
}
