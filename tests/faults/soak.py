# SPDX-License-Identifier: MIT
"""A long run on a loop device: memory does not grow, and bench counts exactly as many I/Os as the kernel.
SOAK_SECONDS is the total duration."""
import json
import os
import pathlib
import subprocess
import time

from bounded import Faults, Run
from cli import EXIT_OK, main, run, skip

SECONDS = int(os.environ.get("SOAK_SECONDS", "60"))
MODES = ([], ["--sqpoll"], ["--rw=randrw", "--numjobs=2", "--rate=20k"])
# Histograms grow as latencies spread, by 40 kB for each kind of I/O of a job.
GROWTH_KB = 512

if os.geteuid():
    skip("only root makes loop devices")
if json.loads(run("probe", "--json").stdout)["access"]["verdict"] != "usable":
    skip("io_uring is not usable here")


def rss_kb(pid):
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0
    lines = dict(line.split(":", 1) for line in status.splitlines())
    return int(lines.get("VmRSS", "0 kB").split()[0])


class Soak(Faults):
    def setUp(self):
        super().setUp()
        file = self.folder / "disk"
        file.write_bytes(os.urandom(64 << 20))
        made = subprocess.run(["losetup", "--find", "--show", file], capture_output=True, text=True, check=False)
        if made.returncode:
            self.skipTest(made.stderr)
        self.device = made.stdout.strip()
        self.addCleanup(subprocess.run, ["losetup", "--detach", self.device], check=True)

    def counted(self):
        """Reads and writes requested from the kernel, including merged ones."""
        words = pathlib.Path(f"/sys/block/{os.path.basename(self.device)}/stat").read_text("ascii").split()
        return int(words[0]) + int(words[1]), int(words[4]) + int(words[5])

    def soak(self, args):
        consent = [f"--destroy-data-on={self.device}"] if "--rw=randrw" in args else []
        before = self.counted()
        bench = Run("bench", self.device, f"--runtime={SECONDS // len(MODES)}s", "--ramp=1s", "--iodepth=8", "-o",
                    self.folder / "result.json", *args, *consent, stdout=subprocess.DEVNULL)
        sizes = []
        while bench.poll() is None:
            sizes.append(rss_kb(bench.pid))
            time.sleep(0.5)
        self.assertIn(bench.done(), (EXIT_OK, 3), bench.said)
        after = self.counted()
        document = json.loads((self.folder / "result.json").read_text("utf-8"))
        result = document["result"]
        self.assertTrue(document["complete"], document["reasons"])
        mine = result["total"]["ios"] + result["total"]["errors"] + result["uncounted_ios"] + result["retries"]
        reads, writes = (b - a for a, b in zip(before, after))
        # The result is composed at the end.
        sizes = [size for size in sizes if size][:-3]
        early, late = max(sizes[:len(sizes) // 3]), max(sizes[len(sizes) // 2:])
        print(f"tried: {' '.join(args) or 'randread'}: {mine} I/Os by bench, {reads + writes} by the kernel; "
              f"{early} kB resident early, {late} kB late", flush=True)
        self.assertLessEqual(late - early, GROWTH_KB)
        if not consent:
            self.assertEqual((reads, writes), (mine, 0))
        else:
            # The check for known contents on the device reads it before the run.
            self.assertGreaterEqual(result["write"]["ios"] + result["uncounted_ios"], writes - result["retries"])
            self.assertLessEqual(0, reads + writes - mine)
            self.assertLess(reads + writes - mine, 300)

    def test_counts_and_memory(self):
        for args in MODES:
            with self.subTest(args):
                self.soak(args)


main()
