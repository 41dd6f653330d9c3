/* SPDX-License-Identifier: MIT */
/* Which options of a job go together, and the jobs that are made from one. */
#include "job.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "affinity.h"
#include "contents.h"
#include "probe/lib/base.h"
#include "workload.h"

/* Bytes of all buffers of one job. */
#define MAX_REGION     (1ull << 30)
#define MAX_REGISTERED (1u << 14) /* IORING_MAX_REG_BUFFERS */

/* Options that exclude each other, and the message. */
struct rule {
	bool broken;
	const char *why;
};

int job_consistent(const struct job *j, struct fail *f)
{
	const bool nop = j->rw == RW_NOP, sqpoll = job_sqpoll(j);
	const bool defer = j->defer_taskrun == WHEN_ON, verifies = job_verifies(j);
	unsigned cpus[CPU_SETSIZE];
	struct io_sizes sizes;
	struct io_rate rate;
	unsigned percent;
	int r = io_parse(j, &sizes, NULL, NULL, f), n = cpu_list(j->cpus, cpus, ARRAY_SIZE(cpus));

	if (r == 0)
		r = io_rate_parse(j, &rate, f);
	if (r == 0)
		r = contents_parse(j, &percent, f);
	if (r < 0)
		return r;
	const struct rule rules[] = {
		{ job_buffers(j) * (uint64_t)sizes.max > MAX_REGION,
		  "iodepth x bs is more than 1g (512m where reads and writes are mixed)" },
		{ j->direct && sizes.min % 512,
		  "bs must be a multiple of 512 for direct I/O; --buffered takes any" },
		{ j->size && j->size < sizes.max, "size is smaller than one block (bs)" },
		{ j->offset % sizes.min, "offset must be a multiple of bs" },
		{ nop && (j->fixedbufs || j->registerfiles || j->bssplit || j->bsrange ||
			  j->engine > ENGINE_RW),
		  "nop has no buffer and no file: --fixedbufs, --registerfiles, --bssplit, "
		  "--bsrange "
		  "and --engine are not for it" },
		{ verifies && (nop || job_trims(j)), "--verify is for what is written and read" },
		{ verifies && sizes.min % VERIFY_SMALL,
		  "--verify needs a bs that is a multiple of 512" },
		{ verifies && !job_writes(j) && (sizes.min | j->offset) % VERIFY_BLOCK,
		  "to verify what was written earlier, bs and offset must be multiples of 4k" },
		{ j->verify_log && !j->verify_only &&
			  !(j->verify && job_writes(j) && (j->fsync || j->fdatasync || j->dsync)),
		  "--verify-log goes with --verify-only, or with a workload that writes with "
		  "--verify and --fsync, --fdatasync or --dsync" },
		{ j->bssplit && j->bsrange, "either --bssplit or --bsrange" },
		{ nop && j->iopoll, "nop has no device to poll: --iopoll is not for it" },
		{ j->iopoll && !j->direct, "--iopoll needs direct I/O: drop --buffered" },
		{ j->iopoll && (j->fsync || j->fdatasync), "a ring that polls takes no fsync" },
		{ j->iopoll && job_trims(j) && j->engine != ENGINE_NVME && j->engine != ENGINE_AUTO,
		  "a trim cannot be polled for, except with NVMe passthrough (/dev/ngXnY)" },
		{ j->iopoll && j->async, "--async is not for a ring that polls" },
		{ j->hybrid && !j->iopoll, "--hybrid needs --iopoll" },
		{ (j->sqpoll_idle || j->sqpoll_shared) && !sqpoll,
		  "--sqpoll-idle and --sqpoll-shared need --sqpoll" },
		{ sqpoll && (defer || j->coop_taskrun == WHEN_ON),
		  "--sqpoll excludes --defer-taskrun=on and --coop-taskrun=on" },
		{ defer && j->single_issuer == WHEN_OFF,
		  "--defer-taskrun=on needs --single-issuer" },
		{ j->fsync && j->fdatasync, "either --fsync or --fdatasync" },
		{ (j->fsync || j->fdatasync) && (!job_writes(j) || job_trims(j)),
		  "--fsync and --fdatasync go with a workload that writes" },
		{ j->batch_complete > j->iodepth, "batch-complete is more than iodepth" },
		{ j->cq_entries && j->cq_entries < j->iodepth, "cq-entries is less than iodepth" },
		{ j->fixedbufs && job_buffers(j) > MAX_REGISTERED,
		  "a ring has 16384 registered buffers at most: --fixedbufs takes an iodepth of "
		  "8192 where reads and writes are mixed" },
		{ j->fixedbufs && job_trims(j), "a trim moves no data: --fixedbufs is not for it" },
		{ j->rate && j->lat == LAT_OFF,
		  "--rate without latency says nothing: drop --lat=off" },
		{ j->engine == ENGINE_NVME && (j->fsync || j->fdatasync || !j->direct),
		  "NVMe passthrough has no fsync, and always goes past the page cache" },
		{ j->dsync && (!job_writes(j) || job_trims(j) || j->engine == ENGINE_NVME),
		  "--dsync goes with a workload that writes through the kernel's block layer" },
		{ n < 0, "cpus must be a list such as 0-3,8" },
	};
	for (unsigned i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].broken)
			return fail_as(f, FAIL_USAGE, -EINVAL, "%s", rules[i].why);
	return 0;
}

int job_validate(const struct job *j, struct fail *f)
{
	long n_cpus = sysconf(_SC_NPROCESSORS_CONF);
	unsigned cpus[CPU_SETSIZE];
	int n = cpu_list(j->cpus, cpus, ARRAY_SIZE(cpus)), r = job_consistent(j, f);

	if (r < 0)
		return r;
	if (j->sqpoll >= n_cpus)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "--sqpoll=%lld: this machine has CPUs 0 to %ld",
			       (long long)j->sqpoll, n_cpus - 1);
	for (int i = 0; i < n; i++) {
		if (cpus[i] >= n_cpus)
			return fail_as(f, FAIL_USAGE, -EINVAL,
				       "--cpus: %u: this machine has CPUs 0 to %ld", cpus[i],
				       n_cpus - 1);
		if (cpus[i] == j->sqpoll)
			return fail_as(
				f, FAIL_USAGE, -EINVAL,
				"--cpus and --sqpoll both name CPU %u: the submission thread "
				"and the job would wait for each other's time slice",
				cpus[i]);
	}
	return 0;
}

int job_choose_engine(const struct job *job, bool nvme, struct job *chosen, struct fail *f)
{
	struct job j = *job;
	int r;

	if (j.engine == ENGINE_AUTO)
		j.engine = nvme ? ENGINE_NVME : ENGINE_RW;
	r = job_validate(&j, f);
	if (r == 0)
		*chosen = j;
	return r;
}

void job_read_back(const struct job *job, struct job *pass)
{
	struct io_sizes sizes;

	io_parse(job, &sizes, NULL, NULL, NULL);
	*pass = *job;
	pass->verify_only = true;
	pass->rw = RW_READ;
	pass->bs = sizes.max;
	pass->bssplit = pass->bsrange = pass->rate = NULL;
	pass->ramp = pass->io_limit = pass->interval = pass->fsync = pass->fdatasync = 0;
	pass->dsync = false;
	pass->runtime = JOB_FOREVER;
}
