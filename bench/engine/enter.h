/* SPDX-License-Identifier: MIT */
/* io_uring_enter(2), and waiting outside the kernel, with minimal overhead. */
#ifndef BENCH_ENGINE_ENTER_H
#define BENCH_ENGINE_ENTER_H

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "probe/kernel/ring.h"

/* io_uring_enter() without errno: returns a count or a negative errno. */
static inline long raw_enter(int fd, unsigned to_submit, unsigned wait, unsigned flags,
			     const void *arg, size_t arg_size)
{
#if defined(__x86_64__)
	register long r10 __asm__("r10") = flags, r8 __asm__("r8") = (long)arg;
	register long r9 __asm__("r9") = arg_size;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(__NR_io_uring_enter), "D"(fd), "S"(to_submit), "d"(wait), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
#else
	int ret = sys_enter(fd, to_submit, wait, flags, arg, arg_size);

	return ret < 0 ? -errno : ret;
#endif
}

static inline void cpu_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

#endif
