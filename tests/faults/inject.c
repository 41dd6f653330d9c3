/* SPDX-License-Identifier: MIT */
/*
 * inject REPORT SYSCALL ERRNO N PROGRAM [ARG]...: runs a program and makes its N-th call of a system call
 * fail with an errno, without executing it. Calls are counted across all threads and children, in the order
 * in which they are made; strace -e inject counts each thread separately. With "all" as the system call none
 * fails; with "kill" as the errno the program itself gets SIGKILL before its own N-th call.
 *
 * Writes a line "NUMBER COUNT" to REPORT for each system call that was made. Exits with the status of the
 * program, or 128 + N after a signal; 126 if it cannot be traced.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_SYSCALLS 1024
#define MAX_TASKS    256

static unsigned long counts[MAX_SYSCALLS], calls;

static pid_t program;

static struct {
	long call; /* -1: all */
	int err;   /* -1: kill */
	unsigned long n;
} wanted;

/* Tasks between entry and exit of a system call. */
static struct task {
	pid_t tid;
	bool inside, failing;
} tasks[MAX_TASKS];

static struct task *task_of(pid_t tid)
{
	struct task *free_one = NULL;

	for (unsigned i = 0; i < MAX_TASKS; i++) {
		if (tasks[i].tid == tid)
			return &tasks[i];
		if (!tasks[i].tid && !free_one)
			free_one = &tasks[i];
	}
	if (!free_one)
		exit(126);
	*free_one = (struct task){ .tid = tid };
	return free_one;
}

#ifdef __x86_64__
static void at_syscall(struct task *t)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, t->tid, 0, &regs) < 0)
		return;
	t->inside = !t->inside;
	if (t->inside) {
		unsigned long nr = regs.orig_rax;

		if (wanted.err == -1 && t->tid == program && ++calls == wanted.n)
			kill(t->tid, SIGKILL);
		if (nr >= MAX_SYSCALLS)
			return;
		t->failing = ++counts[nr] == wanted.n && (long)nr == wanted.call;
		if (!t->failing)
			return;
		regs.orig_rax = -1;
	} else if (t->failing) {
		t->failing = false;
		regs.rax = -wanted.err;
	} else {
		return;
	}
	ptrace(PTRACE_SETREGS, t->tid, 0, &regs);
}
#endif

static void report(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		exit(126);
	for (unsigned i = 0; i < MAX_SYSCALLS; i++)
		if (counts[i])
			fprintf(f, "%u %lu\n", i, counts[i]);
	fclose(f);
}

static pid_t start(char **argv)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int go[2];
	char byte;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) < 0)
		exit(126);
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		if (read(go[0], &byte, 1) == 0)
			execv(argv[0], argv);
		_exit(126);
	}
	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, 0, options) < 0) {
		perror("inject");
		exit(126);
	}
	close(go[0]);
	close(go[1]);
	return pid;
}

int main(int argc, char **argv)
{
#ifndef __x86_64__
	(void)task_of;
	(void)report;
	(void)start;
	return 126;
#else
	int status, code = 126;
	bool execed = false;
	pid_t tid;

	if (argc < 6)
		return 126;
	wanted.call = strcmp(argv[2], "all") ? atol(argv[2]) : -1;
	wanted.err = strcmp(argv[3], "kill") ? atoi(argv[3]) : -1;
	wanted.n = strtoul(argv[4], NULL, 10);
	program = start(argv + 5);
	while ((tid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		unsigned event = status >> 16;
		struct task *t;
		int sig = 0;

		if (tid <= 0)
			continue;
		t = task_of(tid);
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (tid == program)
				code = WIFEXITED(status) ? WEXITSTATUS(status)
							 : 128 + WTERMSIG(status);
			t->tid = 0;
			continue;
		}
		execed |= event == PTRACE_EVENT_EXEC;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			if (execed)
				at_syscall(t);
		} else if (event == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP) {
			ptrace(PTRACE_LISTEN, tid, 0, 0);
			continue;
		} else if (!event) {
			sig = WSTOPSIG(status);
		}
		ptrace(PTRACE_SYSCALL, tid, 0, sig);
	}
	report(argv[1]);
	return code;
#endif
}
