/* SPDX-License-Identifier: MIT */
#include "advise.h"

#include <string.h>

#include "probe/lib/base.h"
#include "probe/uapi/uapi.h"

/* The flags that the headers of liburing 2.3 know are those of Linux 6.1. */
#define HEADER_MAJOR 6
#define HEADER_MINOR 1
#define LINE_COLUMNS 72

/* Appends text quoted as one word of a shell. */
static void quoted(struct str *to, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_@%+=:,./-";

	if (*text && !text[strspn(text, plain)]) {
		str_add(to, text);
		return;
	}
	str_add(to, "'");
	for (; *text; text++)
		str_addn(to, *text == '\'' ? "'\\''" : text, *text == '\'' ? 4 : 1);
	str_add(to, "'");
}

static void option(struct str *to, const struct opt *k, const struct job *job)
{
	str_addf(to, " --%s", k->type == OPT_BOOL && !opt_bool(k, job) ? k->neg : k->name);
	switch (k->type) {
	case OPT_BOOL:
		break;
	case OPT_UINT_OPTIONAL:
		if (opt_i64(k, job) >= 0)
			str_addf(to, "=%lld", (long long)opt_i64(k, job));
		break;
	case OPT_WORD:
		str_addf(to, "=%s", k->words[opt_u64(k, job)]);
		break;
	case OPT_STR:
		str_add(to, "=");
		quoted(to, opt_str(k, job));
		break;
	default:
		str_add(to, "=");
		if (k->type == OPT_SIZE)
			size_text(to, opt_u64(k, job));
		else if (k->type == OPT_TIME)
			time_text(to, opt_u64(k, job));
		else
			str_addf(to, "%llu", (unsigned long long)opt_u64(k, job));
	}
}

void advise_command(struct str *to, const struct job *job, const char *path)
{
	struct job defaults;

	opt_defaults(job_opt_rows, n_job_opt_rows, &defaults);
	str_add(to, "uringtool bench");
	if (path && *path) {
		str_add(to, " ");
		quoted(to, path);
	}
	for (unsigned i = 0; i < n_job_opt_rows; i++)
		if (!opt_same(&job_opt_rows[i], job, &defaults))
			option(to, &job_opt_rows[i], job);
}

static bool in_header(const struct uapi_row *row)
{
	return row->since.major < HEADER_MAJOR ||
	       (row->since.major == HEADER_MAJOR && row->since.minor <= HEADER_MINOR);
}

static void setup_flags_text(struct str *to, uint32_t flags)
{
	const struct uapi_table *t = &uapi_tables[UAPI_SETUP];
	unsigned columns = 0;
	bool more = false;

	str_add(to, "\t.flags = ");
	for (unsigned i = 0; i < t->n; i++) {
		const struct uapi_row *row = &t->rows[i];
		_cleanup_str_ struct str name = { 0 };

		if (!(flags & 1u << row->number))
			continue;
		if (in_header(row))
			str_add(&name, row->name);
		else
			str_addf(&name, "1U << %u /* %s */", row->number, row->name);
		if (more)
			str_add(to, columns + name.len > LINE_COLUMNS ? " |\n\t\t " : " | ");
		columns = columns + name.len > LINE_COLUMNS ? 0 : columns + name.len;
		str_add(to, str_text(&name));
		more = true;
	}
	str_add(to, more ? ",\n" : "0,\n");
}

static void params(struct str *to, const struct job *job, uint32_t flags)
{
	/* The other flags are for several rings. From 2.5 on liburing sets NO_SQARRAY by itself. */
	if (job->no_sqarray != WHEN_ON)
		flags &= ~SETUP_NO_SQARRAY;
	flags &= ~SETUP_ATTACH_WQ;
	str_add(to, "struct io_uring ring;\nstruct io_uring_params p = {\n");
	setup_flags_text(to, flags);
	if (flags & SETUP_CQSIZE)
		str_addf(to, "\t.cq_entries = %llu,\n",
			 (unsigned long long)(job->cq_entries ? job->cq_entries : job->iodepth));
	if (job_sqpoll(job) && job->sqpoll_idle)
		str_addf(to, "\t.sq_thread_idle = %llu, /* ms */\n",
			 (unsigned long long)job->sqpoll_idle / 1000000);
	if (job->sqpoll >= 0)
		str_addf(to, "\t.sq_thread_cpu = %lld,\n", (long long)job->sqpoll);
	str_add(to, "};\n");
}

void advise_liburing(struct str *to, const struct job *job, uint32_t setup_flags,
		     bool registered_ring)
{
	const bool has_target = job->rw != RW_NOP;
	const unsigned n = job_buffers(job);

	str_add(to, "/* Each call returns a negative errno when it is refused. */\n");
	if (job->numjobs > 1)
		str_addf(to, "/* In each of %llu threads: */\n", (unsigned long long)job->numjobs);
	params(to, job, setup_flags);
	if (has_target)
		str_addf(to, "int fd = open(path, %s%s%s | O_CLOEXEC);\n",
			 job_writes(job) ? "O_RDWR" : "O_RDONLY",
			 job->direct && job->engine != ENGINE_NVME ? " | O_DIRECT" : "",
			 job->dsync ? " | O_DSYNC" : "");
	if (job->hugepages && has_target && !job_trims(job))
		str_add(to, "memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,\n"
			    "\t      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);\n");
	str_addf(to, "io_uring_queue_init_params(%llu, &ring, &p);\n",
		 (unsigned long long)job->iodepth);
	if (registered_ring)
		str_add(to, "io_uring_register_ring_fd(&ring);\n");
	if (job->fixedbufs)
		str_addf(to,
			 "struct iovec buffers[%u];\n"
			 "for (unsigned i = 0; i < %u; i++)\n"
			 "\tbuffers[i] = (struct iovec){ (char *)memory + i * (bytes / %u), bytes "
			 "/ %u };\n"
			 "io_uring_register_buffers(&ring, buffers, %u); /* then %s, buf_index i "
			 "*/\n",
			 n, n, n, n, n,
			 job->engine == ENGINE_NVME ? "IORING_URING_CMD_FIXED"
			 : job_writes(job)	    ? "io_uring_prep_write_fixed()"
						    : "io_uring_prep_read_fixed()");
	if (job->registerfiles)
		str_add(to, "io_uring_register_files(&ring, &fd, 1); /* then IOSQE_FIXED_FILE, fd "
			    "0 */\n");
	if (job->workers)
		str_addf(to,
			 "unsigned workers[2] = { %llu, %llu };\n"
			 "io_uring_register_iowq_max_workers(&ring, workers);\n",
			 (unsigned long long)job->workers, (unsigned long long)job->workers);
	if (job->async)
		str_add(to, "/* On each SQE: io_uring_sqe_set_flags(sqe, IOSQE_ASYNC); */\n");
	if (job->batch_complete > 1)
		str_addf(to, "/* To wait: io_uring_submit_and_wait(&ring, %llu); */\n",
			 (unsigned long long)job->batch_complete);
}
