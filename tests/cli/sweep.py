# SPDX-License-Identifier: MIT
"""uringtool bench --sweep: which option pays off, on targets where that is known."""
import json
import os
import pathlib
import shlex
import signal
import subprocess
import time

from cli import Case, EXIT_OK, EXIT_UNDECIDED, EXIT_USAGE, URINGTOOL, main, run, skip

EXIT_REFUSED = 5
SHORT = "--slice=20ms", "--budget=4s", "--precision=100%"

if json.loads(run("probe", "--json").stdout)["access"]["verdict"] != "usable":
    skip("io_uring is not usable here")


class Sweep(Case):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "file"
        self.file.write_bytes(os.urandom(1 << 20))

    def sweep(self, *args):
        """A sweep that is checked for consistency. Too many runs disturbed by a busy host are not a fault of the
        program."""
        done = run("bench", *SHORT, *args, "--json", cwd=self.folder)
        self.assertIn(done.returncode, (EXIT_OK, EXIT_UNDECIDED), done.stderr)
        document = self.document(done.stdout, "sweep")
        self.assertEqual(document["valid"], done.returncode == EXIT_OK)
        if not document["valid"]:
            self.skipTest(document["why_not_valid"])
        self.assertTrue(document["complete"])
        extent, cells = document["sweep"], document["configurations"]
        self.assertEqual(extent["configurations"], len(cells))
        self.assertGreaterEqual(extent["rounds"], extent["least_rounds"])
        for cell in cells:
            self.assertEqual(len(cell["samples"]), extent["rounds"] if cell["state"] == "measured" else 0)
            self.assertEqual(len(cell["settings"]), len(extent["factors"]))
        measured = [cell for cell in cells if cell["state"] == "measured"]
        self.assertEqual(extent["precise"], extent["precision_share"] is not None
                         and extent["precision_share"] <= extent["precision_asked_share"] + 1e-4)
        # The runs of a round that was cut short by the budget are counted too.
        self.assertIn(extent["runs"] - extent["rounds"] * (len(measured) + 1), range(len(measured) + 1))
        for changes in document["verdicts"].values():
            self.assertEqual([(c["option"], c["level"], c["against"]) for c in changes],
                             [(f["option"], level, f["levels"][0]) for f in extent["factors"] for level in f["levels"][1:]])
        return document

    def verdict(self, document, metric, setting):
        found = [c for c in document["verdicts"][metric] if f"{c['option']}={c['level']}" == setting]
        self.assertEqual(len(found), 1)
        return found[0]

    def test_depth_pays_in_nops(self):
        document = self.sweep("--rw=nop", "--sweep", "iodepth=1,32")
        self.assertIsNone(document["precondition"])
        change = self.verdict(document, "iops", "iodepth=32")
        self.assertEqual(change["verdict"], "pays", change)
        self.assertLess(change["low"], change["ratio"])
        self.assertLess(change["ratio"], change["high"])
        self.assertEqual(self.verdict(document, "cpu_ns_per_io", "iodepth=32")["verdict"], "pays")
        advice = document["recommendation"]
        self.assertEqual(advice["settings"], ["iodepth=32"])
        self.assertIn("iodepth=32 pays in IOPS", advice["because"][0])
        self.assertEqual(advice["against_base"]["iops"]["verdict"], "pays")

    def test_async_costs_cpu(self):
        document = self.sweep(self.file, "--buffered", "--iodepth=4", "--sweep", "async", "--sweep", "fixedbufs")
        self.assertEqual(self.verdict(document, "cpu_ns_per_io", "async=on")["verdict"], "costs")
        self.assertIn("async=off", document["recommendation"]["settings"])
        self.assertNotIn("--async", document["recommendation"]["command"])

    def test_what_cannot_be_is_a_row(self):
        document = self.sweep("--rw=nop", "--sweep", "iopoll", "--sweep", "iodepth=1,4", "--sweep", "sqpoll=off,9999")
        cells = {" ".join(cell["settings"]): cell for cell in document["configurations"]}
        self.assertEqual(cells["iopoll=off iodepth=1 sqpoll=off"]["state"], "measured")
        for name, word in (("iopoll=on iodepth=1 sqpoll=off", "poll"), ("iopoll=off iodepth=4 sqpoll=9999", "CPUs")):
            self.assertEqual(cells[name]["state"], "excluded")
            self.assertIn(word, cells[name]["why"])
            self.assertIsNone(cells[name]["iops"])
        for metric in document["verdicts"]:
            for setting in "iopoll=on", "sqpoll=9999":
                change = self.verdict(document, metric, setting)
                self.assertEqual((change["verdict"], change["ratio"], change["rounds"]), ("unavailable", None, 0))
                self.assertTrue(change["why"])
        self.assertNotEqual(self.verdict(document, "iops", "iodepth=4")["verdict"], "unavailable")

    def test_polling_where_there_is_none(self):
        document = self.sweep(self.file, "--sweep", "iopoll", "--iodepth=8", "--slice=200ms", "--budget=10s")
        change = self.verdict(document, "iops", "iopoll=on")
        if change["verdict"] != "unavailable":
            self.skipTest("this disk polls")
        self.assertIn("poll", change["why"])
        self.assertEqual([cell["state"] for cell in document["configurations"]], ["measured", "unavailable"])
        self.assertEqual(document["recommendation"]["settings"], ["iopoll=off"])

    def test_what_is_recommended_runs_and_compiles(self):
        cc = shlex.split(os.environ["CC"])
        for args in (["--rw=nop"], ["--rw=nop", "--numjobs=2", "--batch-complete=2"],
                     [self.file, "--buffered", "--fixedbufs", "--registerfiles", "--sqpoll", "--sqpoll-idle=1s"],
                     [self.file, "--buffered", "--async", "--workers=4", "--defer-taskrun=off", "--cq-entries=64"],
                     [self.file, "--rw=write", "--overwrite", "--buffered", "--fixedbufs"]):
            with self.subTest(args):
                advice = self.sweep(*args, "--sweep", "seed=1,2")["recommendation"]
                words = shlex.split(advice["command"])
                self.assertEqual(words[:2], ["uringtool", "bench"])
                job = self.document(run(*words[1:], "--runtime=100ms", "--json").stdout, "bench")["job"]
                for option in args:
                    if str(option).startswith("--fixedbufs"):
                        self.assertTrue(job["fixedbufs"])
                source = self.folder / "setup.c"
                source.write_text("#define _GNU_SOURCE\n#include <fcntl.h>\n#include <liburing.h>\n#include <sys/mman.h>\n"
                                  "int setup(const char *path, void *memory, size_t bytes);\n"
                                  "int setup(const char *path, void *memory, size_t bytes)\n{\n"
                                  "(void)path, (void)memory, (void)bytes;\n" + "\n".join(advice["liburing"])
                                  + "\nreturn ring.ring_fd" + (" + fd" if "int fd" in "\n".join(advice["liburing"]) else "") + ";\n}\n")
                done = subprocess.run([*cc, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-c", source, "-o", "/dev/null"],
                                      stderr=subprocess.PIPE, encoding="utf-8", check=False)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_text(self):
        done = run("bench", *SHORT, "--rw=nop", "--sweep", "iodepth=1,32", "--sweep", "iopoll",
                   env={"NO_COLOR": "1", "COLUMNS": "60"})
        self.assertIn(done.returncode, (EXIT_OK, EXIT_UNDECIDED), done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertNotIn("\033", done.stdout)
        # The heading omits options that vary.
        self.assertEqual(done.stdout.splitlines()[0], "nop")
        for word in ("Noise", "CPU per I/O", "iodepth=32", "unavailable", "Not measured", "Recommended:",
                     "uringtool bench --rw=nop", "io_uring_queue_init_params("):
            self.assertIn(word, done.stdout)

    def test_a_signal_ends_it_with_what_there_is(self):
        with subprocess.Popen([URINGTOOL, "bench", "--rw=nop", "--slice=20ms", "--budget=60s", "--precision=0.0001",
                               "--sweep", "iodepth=1,2", "--json"], stdout=subprocess.PIPE, encoding="utf-8") as child:
            time.sleep(4)
            child.send_signal(signal.SIGINT)
            out = child.communicate(timeout=60)[0]
        self.assertEqual(child.returncode, 130)
        document = self.document(out, "sweep")
        self.assertFalse(document["complete"])
        self.assertFalse(document["sweep"]["precise"])
        self.assertGreaterEqual(document["sweep"]["rounds"], 1)

    def test_nothing_is_left_or_changed(self):
        before = self.file.read_bytes()
        self.assertIn("--overwrite", self.refuses(EXIT_REFUSED, "bench", self.file, "--sweep", "rw=randread,randwrite"))
        self.sweep(self.file, "--buffered", "--sweep", "bs=4k,8k")
        self.assertEqual(self.file.read_bytes(), before)
        self.sweep("--buffered", "--size=1m", "--sweep", "rw=read,write")
        self.assertEqual(list(self.folder.iterdir()), [self.file])

    def test_the_target_is_preconditioned_once(self):
        before = self.file.read_bytes()
        sweep = "--buffered", "--precondition=1x", "--sweep"
        self.assertIn("--overwrite", self.refuses(EXIT_REFUSED, "bench", self.file, *sweep, "iodepth=1,4"))
        self.assertEqual(self.file.read_bytes(), before)
        done = self.sweep(self.file, "--overwrite", *sweep, "iodepth=1,4")["precondition"]
        self.assertEqual(done["times"], 1)
        self.assertGreaterEqual(done["sequential"]["bytes"], len(before))
        self.assertIsNone(done["random"])
        self.assertNotEqual(self.file.read_bytes(), before)
        # One configuration writes randomly.
        done = self.sweep("--size=1m", *sweep, "rw=randread,randwrite")["precondition"]
        self.assertGreaterEqual(done["random"]["bytes"], 1 << 20)

    def test_runs_too_short_to_judge_by(self):
        told = self.refuses(EXIT_USAGE, "bench", self.file, "--buffered", "--rate=1k", "--sweep", "fixedbufs", *SHORT)
        self.assertRegex(told, r"has \d+ I/Os in 20ms, .*--slice=\ds")

    def test_what_makes_no_sense_is_told(self):
        for args, told in (
                (["--sweep", "sqpol"], "did you mean 'sqpoll'?"),
                (["--sweep", "iodepth"], "iodepth=FIRST"),
                (["--sweep", "iodepth=4"], "one level"),
                (["--sweep", "bs=4k..256m"], "bs"),
                (["--sweep", "iodepth=1..16384", "--sweep", "bs=2k..64m", "--sweep", "sqpoll"], "more than 256"),
                (["--sweep", "runtime=1s,2s"], "runtime"),
                (["--sweep", "sqpoll", "--runtime=1s"], "--slice"),
                (["--sweep", "sqpoll", "--interval=1s"], "--interval"),
                (["--sweep", "sqpoll", "--format=fio"], "--format=fio"),
                (["--sweep", "verify=off,crc32c"], "verify"),
                (["--sweep", "sqpoll", "--precision=x"], "--precision"),
                (["--sweep", "sqpoll", "--min-effect=0"], "--min-effect"),
                (["--sweep", "iodepth=1,2", "--precondition"], "no target"),
                (["--sweep", "iodepth=1,2", "--precondition=2"], "not like 2x"),
                (["--sweep", "iodepth=1,2", "--curve"], "--curve"),
                (["--sweep", "iodepth=1..1024", "--budget=1s"], "raise --budget"),
                (["--sweep", "batch-complete=64,128"], "iodepth")):
            with self.subTest(args):
                self.assertIn(told, self.refuses(EXIT_USAGE, "bench", "--rw=nop", *args))


main()
