# SPDX-License-Identifier: MIT
"""Trims of files, and of loop devices created here, whose counters tell what a trim was."""
import json
import os
import pathlib
import subprocess

from cli import Case, EXIT_OK, EXIT_REFUSED, EXIT_UNAVAILABLE, EXIT_UNDECIDED, EXIT_USAGE, main, run

SIZE = 4 << 20
BLOCK = 4096
DISCARDS = tuple(int(n) for n in os.uname().release.split("-")[0].split(".")[:2]) >= (6, 12)


class Trim(Case):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "file"
        self.content = os.urandom(SIZE)
        self.file.write_bytes(self.content)

    def loop(self):
        made = subprocess.run(["losetup", "--find", "--show", self.file], check=False, encoding="utf-8",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if made.returncode:
            self.skipTest(f"no loop device: {made.stderr.strip()}")
        device = made.stdout.strip()
        self.addCleanup(subprocess.run, ["losetup", "--detach", device], check=True)
        self.queue = pathlib.Path("/sys/block", device.removeprefix("/dev/"), "queue")
        if (self.queue / "discard_max_bytes").read_text("ascii").strip() == "0":
            self.refuses(EXIT_UNAVAILABLE, "bench", device, "--rw=trim", f"--destroy-data-on={device}")
            self.skipTest("loop devices do not discard here")
        return device

    def trim(self, *args):
        done = run("bench", *args, "--runtime=300ms", "--json")
        # On a busy machine a run may be stopped for long.
        self.assertIn(done.returncode, (EXIT_OK, EXIT_UNDECIDED), done.stderr)
        return self.document(done.stdout, "bench")

    def test_a_file_gets_holes(self):
        self.refuses(EXIT_REFUSED, "bench", self.file, "--rw=trim")
        done = run("bench", self.file, "--rw=trim", "--buffered", f"--io-limit={SIZE}", "--overwrite", "--json")
        if done.returncode == EXIT_UNAVAILABLE:
            self.assertIn("punches a hole", done.stderr)
            self.skipTest("no holes in this file system")
        document = self.document(done.stdout, "bench")
        self.assertEqual(document["granted"]["trim"], "punch_hole")
        self.assertEqual(document["result"]["trim"]["ios"], SIZE // BLOCK)
        self.assertEqual(self.file.read_bytes(), bytes(SIZE))
        self.assertEqual(self.file.stat().st_blocks, 0)
        self.refuses(EXIT_USAGE, "bench", self.file, "--rw=trim", "--iopoll", "--overwrite")

    def test_other_workloads_do_not_trim(self):
        document = self.trim(self.file, "--rw=randwrite", "--buffered", "--overwrite")
        self.assertIsNone(document["granted"]["trim"])

    def test_a_device_counts_discards(self):
        device = self.loop()
        consent = f"--destroy-data-on={device}"
        self.refuses(EXIT_REFUSED, "bench", device, "--rw=randtrim")
        self.assertEqual(self.file.read_bytes(), self.content)
        if not DISCARDS:
            said = self.refuses(EXIT_UNAVAILABLE, "bench", device, "--rw=randtrim", consent)
            self.assertIn("which came with 6.12", said)
            self.assertEqual(self.file.read_bytes(), self.content)
            return
        self.assertIn("except with NVMe passthrough",
                      self.refuses(EXIT_USAGE, "bench", device, "--rw=trim", "--iopoll", consent))
        document = self.trim(device, "--rw=randtrim", "--iodepth=8", consent)
        self.assertEqual(document["granted"]["trim"], "discard")
        health, job = document["health"], document["job"]
        io = health["delta"]["io"]
        self.assertEqual(io["discards"] + io["discards_merged"], health["issued_ios"])
        self.assertEqual(io["discard_bytes"], health["issued_ios"] * job["bs"])
        self.assertEqual(io["writes"], 0)
        self.assertEqual(document["warnings"], [w for w in document["warnings"] if "granularity" not in w])

    def test_a_block_below_the_granularity(self):
        device = self.loop()
        granularity = int((self.queue / "discard_granularity").read_text("ascii"))
        if not DISCARDS or granularity <= 512:
            self.skipTest("no discards with a granularity above 512 here")
        document = self.trim(device, "--rw=trim", "--bs=512", f"--destroy-data-on={device}")
        self.assertTrue([w for w in document["warnings"] if f"granularity ({granularity} bytes)" in w], json.dumps(
            document["warnings"]))


main()
