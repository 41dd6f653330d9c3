# SPDX-License-Identifier: MIT
"""Faults that need no special kernel: full disks, truncated files, limits, filters, failing calls, signals. Each run
has a time limit and must leave nothing behind."""
import errno
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

from bounded import INJECT, Faults, Run
from cli import EXIT_OK, EXIT_RUNTIME, EXIT_UNAVAILABLE, for_all_users, main, run, skip

UNDER_SECCOMP = os.environ["UNDER_SECCOMP"]
BLOCK = 4096
NOBODY = 65534
SYS_IO_URING_ENTER = 426

if json.loads(run("probe", "--json").stdout)["access"]["verdict"] != "usable":
    skip("io_uring is not usable here")
ROOT = os.geteuid() == 0


class NoSpace(Faults):
    def setUp(self):
        super().setUp()
        if not ROOT:
            self.skipTest("only root mounts")
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", self.folder],
                                 stderr=subprocess.PIPE, check=False)
        if mounted.returncode:
            self.skipTest(mounted.stderr.decode())
        self.addCleanup(lambda: subprocess.run(["umount", self.folder], check=True))

    def test_a_file_of_its_own(self):
        for args in ["--size=2m"], ["named", "--rw=write", "--size=2m"], ["--size=2m", "--keep", "--rw=write"]:
            with self.subTest(args):
                bench = Run("bench", "--buffered", *args, cwd=self.folder)
                self.assertEqual(bench.done(), EXIT_RUNTIME, bench.said)
                self.assertIn("No space left on device", bench.said)
                self.assertEqual((bench.out, self.names()), ("", []))

    def test_writes_into_a_hole(self):
        hole = self.folder / "hole"
        with open(hole, "wb") as file:
            file.truncate(4 << 20)
        document = self.bench(hole, "--rw=write", "--buffered", "--overwrite", "--runtime=20s", code=EXIT_RUNTIME,
                              says=["ENOSPC", "a write at offset"])
        self.assertGreater(document["errors"]["ENOSPC"]["ios"], 0)
        self.assertEqual(document["errors"]["ENOSPC"]["ios"], document["result"]["write"]["errors"])
        self.assertFalse(document["complete"])
        self.assertLess(document["result"]["elapsed_s"], 19)
        self.assertLessEqual(document["result"]["write"]["bytes"], 1 << 20)

    def test_results(self):
        result = self.folder / "result.json"
        result.write_text("old\n")
        with open(self.folder / "filler", "wb") as filler:
            try:
                while filler.write(bytes(BLOCK)):
                    filler.flush()
            except OSError:
                pass
            # close() tries to write again.
            os.ftruncate(filler.fileno(), filler.tell() // BLOCK * BLOCK)
            try:
                filler.close()
            except OSError:
                pass
        for option in "-o", "--record":
            probe = Run("probe", "--json", option, result, "--replace-output")
            self.assertEqual(probe.done(), EXIT_RUNTIME)
            self.assertIn("No space left on device", probe.said)
            self.document(probe.out, "probe")
            self.assertEqual(result.read_text("utf-8"), "old\n")
            self.assertEqual(self.names(), ["filler", "result.json"])

    def test_dev_full(self):
        probe = Run("layout", "--json", "-o", "/dev/full")
        self.assertEqual(probe.done(), EXIT_RUNTIME)
        self.assertEqual(probe.said, "uringtool layout: /dev/full: No space left on device\n")


class Cut(Faults):
    def cut(self, *args, **more):
        file = self.folder / "file"
        file.write_bytes(os.urandom(256 * BLOCK))
        bench = Run("bench", file, "--runtime=20s", "--json", *args, cwd=self.folder)
        time.sleep(0.5)
        os.truncate(file, 3 * BLOCK // 2)
        self.assertEqual(bench.done(), EXIT_RUNTIME, bench.said)
        document = self.document(bench.out, "bench")
        self.assertFalse(document["valid"] or document["complete"])
        self.assertGreater(document["errors"]["short"]["ios"], 0)
        self.assertIn("short", " ".join(document["reasons"]))
        self.assertLess(document["result"]["elapsed_s"], 19)
        self.assertEqual(document["result"]["read"]["bytes"], document["result"]["read"]["ios"] * BLOCK)
        self.assertEqual(self.names(), ["file"])

    def test_while_it_is_read(self):
        self.cut("--buffered")

    def test_however_many_errors_are_allowed(self):
        self.cut("--buffered", "--max-errors=1000000000")

    def test_past_the_page_cache(self):
        self.cut()


@unittest.skipUnless(ROOT and shutil.which("setpriv") and shutil.which("prlimit"), "needs root, setpriv and prlimit")
class Memlock(Faults):
    """64 KiB of locked memory for an ordinary user: containers, and kernels up to 5.15 by default."""

    def setUp(self):
        super().setUp()
        self.open, self.program = for_all_users(self, mode=0o777)

    def poor(self, *args, uid=NOBODY):
        under = ["prlimit", "--memlock=65536", "setpriv", f"--reuid={uid}", "--clear-groups"]
        return Run(*args, under=under, program=self.program, cwd=self.open)

    def test_a_ring_that_is_too_large(self):
        bench = self.poor("bench", "--rw=nop", "--iodepth=4096", "--runtime=100ms")
        self.assertEqual(bench.done(), EXIT_RUNTIME)
        self.assertRegex(bench.said, r"Cannot allocate memory: \d{6} bytes that count as locked memory, .* 65536; "
                                     r"raise the limit \(ulimit -l\)")
        self.assertEqual(bench.out, "")

    def test_root_without_the_capability_is_charged_too(self):
        for under in ["setpriv", "--inh-caps=-ipc_lock", "--bounding-set=-ipc_lock"], ["unshare", "-U", "--map-root-user"]:
            under = ["prlimit", "--memlock=65536", *under]
            if not shutil.which(under[2]) or subprocess.run([*under, "true"], check=False).returncode:
                continue
            bench = Run("bench", "--rw=nop", "--iodepth=4096", "--runtime=100ms", under=under, cwd=self.open)
            self.assertEqual(bench.done(), EXIT_RUNTIME)
            self.assertRegex(bench.said, r"bytes that count as locked memory, .* 65536; raise", under)

    def test_buffers_that_are_too_large(self):
        bench = self.poor("bench", "--buffered", "--size=1m", "--fixedbufs", "--iodepth=64", "--runtime=100ms")
        self.assertEqual(bench.done(), EXIT_RUNTIME)
        self.assertRegex(bench.said, r"registering 64 buffers of 4096 bytes.* 262144 bytes that count .* 65536; raise")
        self.assertEqual(os.listdir(self.open), [os.path.basename(self.program)])

    def test_what_fits_runs_again_and_again(self):
        """A killed run leaves no memory locked, and the program waits for rings that are being torn down."""
        for number in range(6):
            bench = self.poor("bench", "--rw=nop", "--iodepth=256", "--runtime=300ms", "--json", uid=54321)
            if number % 2:
                time.sleep(0.15)
                bench.kill()
                bench.done()
            else:
                self.assertEqual(bench.done(), EXIT_OK, bench.said)

    def test_the_probe_says_what_fits(self):
        probe = self.poor("probe", "--json")
        self.assertEqual(probe.done(), EXIT_OK)
        limits = json.loads(probe.out)["limits"]
        self.assertEqual(limits["memlock_soft_bytes"], 65536)
        self.assertLess(limits["rings_by_memlock"], 65536 // limits["ring_charged_bytes"] + 1)


class Policy(Faults):
    def setUp(self):
        super().setUp()
        if subprocess.run([UNDER_SECCOMP, "eperm", "true"], check=False).returncode == 125:
            self.skipTest("no seccomp filter can be set here")

    def test_each_way_is_told(self):
        told = set()
        for way in "eperm", "enosys", "kill":
            for command in (["bench", "--rw=nop", "--runtime=100ms"], ["layout"], ["layout", "--walk"]):
                done = Run(*command, under=[UNDER_SECCOMP, way], cwd=self.folder)
                self.assertEqual(done.done(), EXIT_UNAVAILABLE, (way, command, done.said))
                self.assertIn("seccomp", done.said)
                self.assertEqual(self.names(), [])
            told.add(done.said)
        self.assertEqual(len(told), 3, told)

    def test_dump_goes_on_without_a_ring(self):
        done = Run("dump", "--json", under=[UNDER_SECCOMP, "kill"])
        self.assertEqual(done.done(), EXIT_OK, done.said)
        self.assertFalse(json.loads(done.out)["offsets"]["source"] == "reference ring")


@unittest.skipUnless(os.uname().machine == "x86_64", "injects on x86-64")
class Calls(Faults):
    """If io_uring_enter() fails now and then it is called again, and no I/O is lost or counted twice."""

    def setUp(self):
        super().setUp()
        (self.folder / "file").write_bytes(os.urandom(256 * BLOCK))

    def test_enter(self):
        for number in errno.EINTR, errno.EAGAIN, errno.EBUSY:
            for n in (*range(1, 9), 20, 50, 100):
                name = errno.errorcode[number]
                bench = Run("bench", "file", "--buffered", "--io-limit=1m", "--runtime=30s", "--json",
                            under=[INJECT, "report", str(SYS_IO_URING_ENTER), str(number), str(n)], cwd=self.folder)
                self.assertEqual(bench.done(), EXIT_OK, (name, n, bench.said, bench.out[-900:]))
                document = self.document(bench.out, "bench")
                total = document["result"]["total"]
                self.assertTrue(document["complete"], (name, n))
                self.assertEqual((total["errors"], total["bytes"]), (0, total["ios"] * BLOCK))
                self.assertEqual(total["ios"], sum(count for _, count in total["lat_bins"]))
                self.assertGreaterEqual(total["bytes"], 1 << 20)

    def test_enter_that_cannot_be_helped(self):
        for number in errno.EBADF, errno.EINVAL, errno.EOPNOTSUPP:
            document = self.bench("file", "--buffered", "--runtime=20s", code=EXIT_RUNTIME,
                                  says=[f"io_uring_enter: {os.strerror(number)}"],
                                  under=[INJECT, "report", str(SYS_IO_URING_ENTER), str(number), "60"])
            self.assertFalse(document["complete"], number)


class Signals(Faults):
    def test_sigint_leaves_a_partial_result(self):
        for args in ["--size=1m", "--buffered"], ["--rw=nop", "--sqpoll"], ["--rw=nop", "--numjobs=3", "--rate=1k"]:
            with self.subTest(args):
                saved = self.folder / "result.json"
                bench = Run("bench", *args, "--runtime=60s", "--json", "-o", saved, cwd=self.folder)
                time.sleep(1)
                bench.send_signal(signal.SIGINT)
                self.assertEqual(bench.done(20), 130, bench.said)
                document = self.document(bench.out, "bench")
                self.assertEqual(json.loads(saved.read_text("utf-8")), document)
                self.assertFalse(document["complete"])
                self.assertGreater(document["result"]["total"]["ios"], 0)
                self.assertLess(document["result"]["elapsed_s"], 20)
                self.assertEqual(self.names(), ["result.json"])

    def test_the_second_one_ends_at_once(self):
        bench = Run("bench", "--rw=nop", "--runtime=60s", "--json", cwd=self.folder)
        time.sleep(0.7)
        os.kill(bench.pid, signal.SIGSTOP)
        for number in signal.SIGINT, signal.SIGTERM:
            bench.send_signal(number)
        os.kill(bench.pid, signal.SIGCONT)
        self.assertIn(bench.done(20), (130, 143))

    def test_sigkill_leaves_no_file(self):
        for delay in (0.02, 0.05, 0.1, 0.3, 0.6):
            bench = Run("bench", "--size=8m", "--buffered", "--runtime=60s", "-o", "result.json", cwd=self.folder)
            time.sleep(delay)
            bench.kill()
            bench.done(20)
            self.assertEqual(self.names(), [])


main()
