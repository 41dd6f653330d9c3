# SPDX-License-Identifier: MIT
"""The engine under ThreadSanitizer, which sees the threads of the program but not the kernel's writes: workers, the
monitor, its series and its progress."""
import os
import pty
import subprocess

from cli import Case, EXIT_OK, URINGTOOL, main

EXIT_UNDECIDED = 3
RUNS = (["--rw=nop", "--numjobs=4"], ["file", "--buffered", "--numjobs=4", "--interval=20ms"],
        ["--buffered", "--size=1m", "--rw=randrw", "--numjobs=4", "--interval=50ms"],
        ["--buffered", "--size=1m", "--rw=randrw", "--numjobs=2", "--verify=crc32c"],
        ["file", "--buffered", "--numjobs=4", "--rate=5k"], ["file", "--buffered", "--numjobs=4", "--max-errors=5"],
        ["--rw=nop", "--numjobs=4", "--sqpoll", "--sqpoll-shared"])


class Threads(Case):
    def test_no_race(self):
        (self.folder / "file").write_bytes(bytes(1 << 20))
        for args in RUNS:
            with self.subTest(args):
                master, slave = pty.openpty()
                with subprocess.Popen([URINGTOOL, "bench", *args, "--runtime=1200ms", "--ramp=200ms"], cwd=self.folder,
                                      stdout=subprocess.PIPE, stderr=slave, encoding="utf-8",
                                      env=dict(os.environ, TSAN_OPTIONS="exitcode=66")) as child:
                    os.close(slave)
                    child.communicate(timeout=100)
                said = b""
                try:
                    while more := os.read(master, 65536):
                        said += more
                except OSError:
                    pass
                os.close(master)
                self.assertNotIn(b"ThreadSanitizer", said)
                self.assertIn(child.returncode, (EXIT_OK, EXIT_UNDECIDED), said)
        print(f"tried: {len(RUNS)} runs with several threads")


main()
