# SPDX-License-Identifier: MIT
"""The errnos that the manual lists for each system call, and the calls that are not tested."""
import errno
import pathlib
import re

# From the ERRORS sections of the pages in section 2; only one of synonyms. EFAULT is listed only where the kernel
# itself can cause it, without a bad pointer from the program.
ERRNOS = {
    "accept4": "EAGAIN ECONNABORTED EINTR EMFILE ENFILE ENOBUFS ENOMEM EPERM",
    "access": "EACCES EIO ENOENT ENOMEM",
    "bind": "EACCES EADDRINUSE EADDRNOTAVAIL",
    "brk": "ENOMEM",
    "capget": "EINVAL EPERM ESRCH",
    "clock_gettime": "EINVAL",
    "clock_nanosleep": "EINTR",
    "clone": "EAGAIN ENOMEM EPERM",
    "clone3": "EAGAIN ENOMEM ENOSYS EPERM",
    "close": "EINTR EIO ENOSPC",
    "connect": "EAGAIN ECONNREFUSED EINTR ENETUNREACH ETIMEDOUT",
    "epoll_create1": "EMFILE ENFILE ENOMEM",
    "epoll_ctl": "ENOMEM ENOSPC EPERM",
    "epoll_wait": "EINTR",
    "eventfd2": "EMFILE ENFILE ENODEV ENOMEM",
    "faccessat2": "EACCES EIO ENOENT ENOMEM ENOSYS",
    "fadvise64": "EINVAL ESPIPE",
    "fallocate": "EINTR EIO ENODEV ENOSPC EOPNOTSUPP",
    "fchmod": "EIO EPERM EROFS",
    "fcntl": "EAGAIN EINVAL EMFILE EPERM",
    "fdatasync": "EIO ENOSPC EROFS",
    "fgetxattr": "ENODATA EOPNOTSUPP ERANGE",
    "flock": "EINTR ENOLCK EWOULDBLOCK",
    "fsetxattr": "EDQUOT EEXIST ENOSPC EOPNOTSUPP",
    "fstat": "ENOMEM EOVERFLOW",
    "fstatfs": "EINTR EIO ENOMEM ENOSYS",
    "fsync": "EINTR EIO ENOSPC EROFS",
    "ftruncate": "EFBIG EINTR EIO EPERM",
    "get_mempolicy": "EINVAL ENOSYS EPERM",
    "getcpu": "EFAULT",
    "getcwd": "EACCES ENOENT ENOMEM",
    "getdents64": "EINVAL ENOENT",
    "getpeername": "ENOBUFS ENOTCONN",
    "getrandom": "EAGAIN EINTR ENOSYS",
    "getrusage": "EINVAL",
    "getsockname": "ENOBUFS",
    "getsockopt": "EINVAL ENOPROTOOPT",
    "io_uring_enter": "EAGAIN EBADF EBADFD EBUSY EEXIST EINTR EINVAL ENXIO EOPNOTSUPP",
    "io_uring_register": "EACCES EBADF EBADFD EBUSY EEXIST EINVAL EMFILE ENOMEM ENXIO EOPNOTSUPP",
    "io_uring_setup": "EINVAL EMFILE ENFILE ENOMEM EPERM",
    "ioctl": "EINVAL ENOTTY",
    "kcmp": "EBADF EINVAL EPERM ESRCH",
    "linkat": "EDQUOT EEXIST EIO ENOENT ENOSPC",
    "listen": "EADDRINUSE EOPNOTSUPP",
    "lseek": "EINVAL ENXIO ESPIPE",
    "madvise": "EAGAIN EINVAL EIO ENOMEM",
    "mbind": "EINVAL EIO ENOMEM EPERM",
    "memfd_create": "EMFILE ENFILE ENOMEM EPERM",
    "mkdir": "EACCES EDQUOT EEXIST ENOSPC EROFS",
    "mmap": "EACCES EAGAIN EINVAL ENFILE ENODEV ENOMEM EPERM",
    "move_pages": "E2BIG EACCES EINVAL ENODEV ENOENT ENOMEM EPERM ENOSYS",
    "mprotect": "EACCES ENOMEM",
    "mremap": "EAGAIN ENOMEM",
    "munmap": "EINVAL ENOMEM",
    "newfstatat": "EACCES ELOOP ENOENT ENOMEM",
    "openat": "EACCES EINTR EIO ELOOP EMFILE ENFILE ENODEV ENOENT ENOMEM ENOSPC ENXIO EOPNOTSUPP EPERM EROFS",
    "perf_event_open": "EACCES EBUSY EINVAL EMFILE ENODEV ENOENT ENOSPC EOPNOTSUPP EPERM",
    "pidfd_getfd": "EBADF EMFILE EPERM ESRCH",
    "pidfd_open": "EMFILE ENFILE ENODEV ENOMEM ESRCH",
    "pipe2": "EMFILE ENFILE",
    "poll": "EINTR ENOMEM",
    "ppoll": "EINTR ENOMEM",
    "prctl": "EACCES EINVAL EPERM",
    "pread64": "EAGAIN EINTR EIO",
    "prlimit64": "EINVAL EPERM ESRCH",
    "process_vm_readv": "EFAULT ENOMEM EPERM ESRCH",
    "pselect6": "EINTR EINVAL ENOMEM",
    "pwrite64": "EAGAIN EDQUOT EFBIG EINTR EIO ENOSPC",
    "read": "EAGAIN EINTR EIO EISDIR",
    "readlink": "EACCES EIO ENOENT ENOMEM",
    "readlinkat": "EACCES EIO ENOENT ENOMEM",
    "recvfrom": "EAGAIN ECONNREFUSED EINTR ENOMEM",
    "rename": "EDQUOT EIO ENOENT ENOSPC EROFS",
    "rmdir": "EBUSY ENOENT EROFS",
    "rt_sigaction": "EINVAL",
    "rt_sigprocmask": "EINVAL",
    "sched_getaffinity": "EINVAL EPERM",
    "sched_setaffinity": "EINVAL EPERM",
    "sendto": "EAGAIN EINTR ENOBUFS ENOMEM",
    "set_mempolicy": "EINVAL ENOMEM ENOSYS",
    "setresuid": "EAGAIN EPERM",
    "setrlimit": "EINVAL EPERM",
    "setsockopt": "EINVAL ENOPROTOOPT",
    "socket": "EACCES EAFNOSUPPORT EMFILE ENFILE ENOBUFS",
    "socketpair": "EAFNOSUPPORT EMFILE ENFILE",
    "statfs": "EACCES EINTR EIO ELOOP ENOENT ENOMEM ENOSYS",
    "statx": "EACCES ENOENT ENOMEM ENOSYS",
    "sysinfo": "EFAULT",
    "timerfd_create": "EMFILE ENFILE ENODEV ENOMEM",
    "timerfd_settime": "EINVAL",
    "uname": "EFAULT",
    "unlink": "EACCES EBUSY EIO ENOENT EROFS",
    "unlinkat": "EACCES EBUSY EIO ENOENT EROFS",
    "wait4": "ECHILD EINTR",
    "write": "EAGAIN EDQUOT EFBIG EINTR EIO ENOSPC EPIPE",
}

# Calls that have no errors, never return, or are used only by the C library, which aborts if a futex wake fails.
LEFT_ALONE = set("""arch_prctl execve exit exit_group futex geteuid getpid getppid gettid getuid restart_syscall rseq
    rt_sigpending rt_sigreturn set_robust_list set_tid_address sched_yield umask""".split())

# Errors that may be temporary on a busy machine: they must not be reported as lack of support.
PASSING = set("EAGAIN EINTR ENOMEM EMFILE ENFILE ENOBUFS EBUSY EIO ENOSPC EDQUOT".split())

NUMBERS = {}
for header in ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"):
    if not NUMBERS and pathlib.Path(header).exists():
        NUMBERS = {int(number): name for name, number in
                   re.findall(r"#define __NR_(\w+) (\d+)", pathlib.Path(header).read_text("ascii"))}

for names in ERRNOS.values():
    for one in names.split():
        getattr(errno, one)
