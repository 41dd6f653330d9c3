/* SPDX-License-Identifier: MIT */
#include "access.h"

#include <elf.h>
#include <signal.h>
#include <string.h>
#include <sys/utsname.h>

#include "probe/lib/base.h"

const char *const access_verdict_names[] = {
	[ACCESS_USABLE] = "usable",
	[ACCESS_REFUSED] = "refused",
	[ACCESS_ABSENT] = "absent",
	[ACCESS_UNDECIDED] = "undecided",
};

const char *const access_cause_names[ACCESS_CAUSES] = {
	[CAUSE_NONE] = "none",
	[CAUSE_SECCOMP] = "seccomp",
	[CAUSE_SECCOMP_KILL] = "seccomp-kill",
	[CAUSE_SYSCTL] = "sysctl",
	[CAUSE_LSM] = "lsm",
	[CAUSE_CONFIG] = "config",
	[CAUSE_EMULATION] = "emulation",
	[CAUSE_LIMITS] = "limits",
	[CAUSE_SANDBOX] = "sandbox",
	[CAUSE_UNKNOWN] = "unknown",
};

#define ALLOW_IN_SECCOMP                                                                         \
	"allow io_uring_setup, io_uring_enter and io_uring_register in the seccomp profile "     \
	"(Docker: a profile of your own or seccomp=unconfined; Kubernetes: a Localhost profile " \
	"in "                                                                                    \
	"place of RuntimeDefault)"

static void set(struct access *a, enum access_verdict verdict, enum access_cause cause,
		const char *why, const char *fix)
{
	a->verdict = verdict;
	a->cause = cause;
	snprintf(a->why, sizeof(a->why), "%s", why);
	snprintf(a->fix, sizeof(a->fix), "%s", fix);
}

static void judge_eperm(struct access *a)
{
	const struct access_seen *s = &a->seen;

	if (s->enter.ret == -EPERM)
		set(a, ACCESS_REFUSED, CAUSE_SECCOMP,
		    "a seccomp filter answers EPERM to the io_uring system calls, as the default "
		    "profiles of Docker and containerd do",
		    ALLOW_IN_SECCOMP);
	else if (s->sysctl == 2)
		set(a, ACCESS_REFUSED, CAUSE_SYSCTL,
		    "kernel.io_uring_disabled is 2, which refuses every process, root too",
		    "sysctl kernel.io_uring_disabled=0 (or 1, which leaves it to CAP_SYS_ADMIN and "
		    "kernel.io_uring_group)");
	else if (s->sysctl == 1)
		set(a, ACCESS_REFUSED, CAUSE_SYSCTL,
		    "kernel.io_uring_disabled is 1 and this process has neither CAP_SYS_ADMIN nor "
		    "the group of kernel.io_uring_group",
		    "sysctl kernel.io_uring_disabled=0, or kernel.io_uring_group=GID with a group "
		    "of this process");
	else if (s->seccomp == 2)
		set(a, ACCESS_REFUSED, CAUSE_SECCOMP,
		    "a seccomp filter answers EPERM to io_uring_setup alone", ALLOW_IN_SECCOMP);
	else
		set(a, ACCESS_REFUSED, CAUSE_UNKNOWN,
		    "io_uring_setup answers EPERM although neither a filter nor the sysctl is seen",
		    "look at security modules, and at the sysctl of the machine that runs this "
		    "container: seccomp=unconfined alone does not mend it");
}

static void judge_enosys(struct access *a)
{
	const struct access_seen *s = &a->seen;

	if (s->seccomp == 2 && s->sysctl >= 0)
		set(a, ACCESS_REFUSED, CAUSE_SECCOMP,
		    "a seccomp filter answers ENOSYS: the kernel has io_uring, as its sysctl shows",
		    ALLOW_IN_SECCOMP);
	else if (s->seccomp == 2)
		set(a, ACCESS_UNDECIDED, CAUSE_UNKNOWN,
		    "ENOSYS, from a seccomp filter or from a kernel without io_uring: this process "
		    "is filtered, so it cannot tell",
		    "ask again outside the container");
	else if (s->emulated)
		set(a, ACCESS_ABSENT, CAUSE_EMULATION,
		    "ENOSYS, and this program is for another CPU than the kernel: the emulator has "
		    "no io_uring",
		    "run the image or program that is made for this machine's CPU");
	else if (s->config == CONFIG_NOT_SET)
		set(a, ACCESS_ABSENT, CAUSE_CONFIG,
		    "the configuration of this kernel says that CONFIG_IO_URING is not set",
		    "boot a kernel with CONFIG_IO_URING=y; distributions that left it out often "
		    "have it in a later release");
	else if (s->config == CONFIG_SET)
		set(a, ACCESS_UNDECIDED, CAUSE_UNKNOWN,
		    "ENOSYS although the configuration of this kernel says CONFIG_IO_URING=y and "
		    "no "
		    "filter is seen",
		    "look for an emulator or a sandbox between this program and the kernel");
	else
		set(a, ACCESS_ABSENT, CAUSE_CONFIG,
		    "the kernel was built without CONFIG_IO_URING or is older than 5.1, or this "
		    "program runs under CPU emulation",
		    "boot a kernel with CONFIG_IO_URING=y; under emulation, run a native program");
}

/* The system calls work, but no ring can be set up. */
static void judge_ring(struct access *a)
{
	switch (-a->seen.ring) {
	case EMFILE:
		set(a, ACCESS_REFUSED, CAUSE_LIMITS,
		    "no ring can be made: this process has as many files open as RLIMIT_NOFILE "
		    "lets it (EMFILE)",
		    "raise the limit: ulimit -n, LimitNOFILE= of systemd, --ulimit nofile of "
		    "Docker");
		break;
	case ENFILE:
		set(a, ACCESS_REFUSED, CAUSE_LIMITS,
		    "no ring can be made: the system has as many files open as it may (ENFILE)",
		    "sysctl fs.file-max");
		break;
	case ENOMEM:
		set(a, ACCESS_REFUSED, CAUSE_LIMITS,
		    "no ring can be made: RLIMIT_MEMLOCK is too small, or used up by other rings "
		    "or locked memory of the same user (ENOMEM)",
		    "raise the limit: ulimit -l, LimitMEMLOCK= of systemd, --ulimit memlock of "
		    "Docker; look for other lockers of this user, profilers too");
		break;
	case EAGAIN:
		set(a, ACCESS_REFUSED, CAUSE_LIMITS,
		    "no ring can be made: RLIMIT_NPROC or a cgroup allows no more threads (EAGAIN)",
		    "raise the limit: ulimit -u, LimitNPROC= or TasksMax= of systemd");
		break;
	case EPERM:
		judge_eperm(a);
		break;
	default:
		snprintf(a->why, sizeof(a->why), "no ring can be made: io_uring_setup() answers %s",
			 errno_name(a->seen.ring));
		a->verdict = ACCESS_UNDECIDED;
		a->cause = CAUSE_UNKNOWN;
		snprintf(a->fix, sizeof(a->fix), "treat io_uring as not available here");
	}
}

static void judge_eacces(struct access *a)
{
	if (a->seen.selinux)
		set(a, ACCESS_REFUSED, CAUSE_LSM, "SELinux refuses io_uring (EACCES)",
		    "ausearch -m avc -c uringtool shows the denial; allow io_uring { allowed } in "
		    "the policy (audit2allow)");
	else
		set(a, ACCESS_REFUSED, CAUSE_LSM, "a security module refuses io_uring (EACCES)",
		    "look for an io_uring denial in the audit log and allow it in the policy of "
		    "the module");
}

void access_judge(struct access *a)
{
	const struct access_seen *s = &a->seen;

	if (s->setup.sig == SIGSYS || s->enter.sig == SIGSYS || s->reg.sig == SIGSYS)
		set(a, ACCESS_REFUSED, CAUSE_SECCOMP_KILL,
		    "a seccomp filter kills the process that makes an io_uring system call",
		    "never call io_uring here, or allow it in the seccomp filter");
	else if (s->setup.sig || s->enter.sig || s->reg.sig)
		set(a, ACCESS_UNDECIDED, CAUSE_UNKNOWN,
		    "the process that tried the io_uring system calls was killed, and by no "
		    "seccomp "
		    "filter: somebody did, or memory ran out",
		    "ask again; if that stays, look into the kernel log");
	else if (s->setup.ret == -EFAULT && s->enter.ret == -EBADF && s->ring < 0)
		judge_ring(a);
	else if (s->setup.ret == -EFAULT && s->enter.ret == -EBADF)
		set(a, ACCESS_USABLE, CAUSE_NONE, "the system calls answer as a kernel does", "");
	else if (s->setup.ret == -EPERM)
		judge_eperm(a);
	else if (s->setup.ret == -ENOSYS)
		judge_enosys(a);
	else if (s->setup.ret == -EACCES)
		judge_eacces(a);
	else if (s->setup.ret == -EFAULT && s->seccomp == 2)
		set(a, ACCESS_REFUSED, CAUSE_SECCOMP,
		    "a seccomp filter refuses io_uring_enter but not io_uring_setup",
		    ALLOW_IN_SECCOMP);
	else
		set(a, ACCESS_UNDECIDED, CAUSE_SANDBOX,
		    "io_uring_setup answers what no Linux kernel answers: a sandbox that emulates "
		    "Linux",
		    "treat io_uring as not available here");
}

static int status_number(const char *status, const char *name, int field)
{
	const char *at = strstr(status, name);
	int first = -1, second = -1;

	if (!at || sscanf(at + strlen(name), "%d %d", &first, &second) < 1)
		return -1;
	return field ? second : first;
}

/* Machine names of uname(2) on a native kernel, by ELF machine. The second name is a kernel that also runs
 * 32-bit programs. */
static const struct {
	uint16_t elf;
	const char *machine, *other;
} machines[] = {
	{ EM_386, "i686", "x86_64" },	       { EM_X86_64, "x86_64", NULL },
	{ EM_ARM, "armv7l", "aarch64" },       { EM_AARCH64, "aarch64", NULL },
	{ EM_PPC64, "ppc64le", "ppc64" },      { EM_S390, "s390x", NULL },
	{ EM_RISCV, "riscv64", "riscv32" },    { EM_MIPS, "mips64", "mips" },
	{ EM_LOONGARCH, "loongarch64", NULL },
};

/* An emulator translates system calls but exposes files of the real kernel: since 6.1 one of them has its
 * machine name, and another one reveals Rosetta. */
static bool is_emulated(struct kernel *k)
{
	unsigned char elf[64];
	char arch[64], cpu[4096];
	uint16_t machine;

	if (k->read_file(k, "/proc/cpuinfo", cpu, sizeof(cpu)) > 0 && strstr(cpu, "VirtualApple"))
		return true;
	if (k->read_file(k, "/proc/self/exe", (char *)elf, sizeof(elf)) < 20 ||
	    k->read_file(k, "/proc/sys/kernel/arch", arch, sizeof(arch)) <= 0)
		return false;
	arch[strcspn(arch, "\n")] = '\0';
	machine = elf[EI_DATA] == ELFDATA2MSB ? elf[18] << 8 | elf[19] : elf[19] << 8 | elf[18];
	for (unsigned i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].elf == machine)
			return strcmp(arch, machines[i].machine) &&
			       (!machines[i].other || strcmp(arch, machines[i].other));
	return false;
}

/* res: enum config_seen. */
static void attempt_config(void *arg, struct attempt *out)
{
	char path[256], line[256];
	struct utsname u;

	(void)arg;
	*out = (struct attempt){ .res = CONFIG_UNSEEN };
	uname(&u);
	for (unsigned i = 0; i < 2; i++) {
		_cleanup_fclose_ FILE *file = NULL;

		snprintf(path, sizeof(path), i ? "/lib/modules/%s/config" : "/boot/config-%s",
			 u.release);
		file = fopen(path, "re");
		while (file && fgets(line, sizeof(line), file)) {
			if (!strncmp(line, "CONFIG_IO_URING=y", 17))
				out->res = CONFIG_SET;
			else if (!strncmp(line, "# CONFIG_IO_URING is not set", 28))
				out->res = CONFIG_NOT_SET;
		}
	}
}

static enum config_seen find_config(struct kernel *k)
{
	struct attempt a;

	if (k->attempt(k, "configuration CONFIG_IO_URING", attempt_config, NULL, &a) < 0)
		return CONFIG_UNSEEN;
	return a.res == CONFIG_SET || a.res == CONFIG_NOT_SET ? a.res : CONFIG_UNSEEN;
}

/* Whether a ring can be set up. If a replay has no answer, it counts as set up. */
static int try_ring(struct kernel *k)
{
	unsigned tries = 0;
	int r;

	do {
		r = k->setup(k, 1, &(struct ring_params){ 0 });
	} while (memlock_patience(r, &tries));
	if (r >= 0)
		k->close(k, r);
	return r < 0 && r != -ENODATA ? r : 0;
}

/* Results that no kernel returns for this call, but that are possible for any call. */
static bool may_pass(const struct trial *t)
{
	return !t->sig &&
	       (t->ret == -EINTR || t->ret == -EAGAIN || t->ret == -EBUSY || t->ret == -ENOMEM);
}

static int try_call(struct kernel *k, enum trial_call call, struct trial *t)
{
	int r = k->trial(k, call, t);

	for (unsigned tries = 1; r == 0 && may_pass(t) && tries < 3; tries++)
		r = k->trial(k, call, t);
	return r;
}

int access_probe(struct kernel *k, struct access *a)
{
	struct access got = { .seen = { .seccomp = -1, .sysctl = -1, .uid = -1 } };
	struct trial *const trials[TRIAL_CALLS] = { &got.seen.setup, &got.seen.enter,
						    &got.seen.reg };
	char buf[4096];
	int r;

	for (unsigned i = 0; i < TRIAL_CALLS; i++) {
		r = try_call(k, i, trials[i]);
		if (r < 0)
			return r;
	}
	if (k->read_file(k, "/proc/self/status", buf, sizeof(buf)) > 0) {
		got.seen.seccomp = status_number(buf, "\nSeccomp:", 0);
		got.seen.uid = status_number(buf, "\nUid:", 1);
	}
	if (k->read_file(k, "/proc/sys/kernel/io_uring_disabled", buf, sizeof(buf)) > 0)
		got.seen.sysctl = atoi(buf);
	if (k->read_file(k, "/sys/fs/selinux/enforce", buf, sizeof(buf)) > 0)
		got.seen.selinux = atoi(buf) == 1;
	if (got.seen.setup.ret == -EFAULT && got.seen.enter.ret == -EBADF && !got.seen.reg.sig)
		got.seen.ring = try_ring(k);
	if (got.seen.setup.ret == -ENOSYS && !got.seen.setup.sig && got.seen.seccomp != 2) {
		got.seen.emulated = is_emulated(k);
		got.seen.config = find_config(k);
	}
	access_judge(&got);
	*a = got;
	return 0;
}
