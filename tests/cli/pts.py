# SPDX-License-Identifier: MIT
"""uringtool bench --pts and --purge: the report follows from the rounds, and what differs from the specification is told."""
import json
import os
import signal
import subprocess
import time

from cli import Case, EXIT_OK, EXIT_REFUSED, EXIT_UNAVAILABLE, EXIT_UNDECIDED, EXIT_USAGE, URINGTOOL, main, run, skip

if json.loads(run("probe", "--json").stdout)["access"]["verdict"] != "usable":
    skip("io_uring is not usable here")

SHORT = ["--buffered", "--size=4m", "--pts-time=10ms", "--pts-rounds=5"]


class Pts(Case):
    def check(self, document, code):
        """The matrix, the tracked cells and the verdict follow from the rounds."""
        window, rounds, metric = document["window"], document["rounds"], document["metric"]
        inside = [r for r in rounds if r["in_window"]]
        self.assertEqual([r["round"] for r in rounds], list(range(1, len(rounds) + 1)))
        self.assertEqual([r["round"] for r in inside],
                         list(range(window["first_round"], window["first_round"] + window["rounds"])))
        for i, average in enumerate(document["matrix"]):
            cells = [r["cells"][i] for r in inside]
            for key in "read_percent", "block_bytes":
                self.assertEqual({c[key] for c in cells}, {average[key]})
            self.assertAlmostEqual(average[metric], sum(c[metric] for c in cells) / len(cells), delta=1 + average[metric] / 1000)
            self.assertEqual(average["ios"], sum(c["ios"] for c in cells))
            self.assertEqual(average["lat_max_ns"], max(c["lat_max_ns"] for c in cells))
        for tracked in document["tracked"]:
            values = [next(c[metric] for c in r["cells"] if all(c[k] == tracked[k] for k in ("read_percent", "block_bytes")))
                      for r in inside]
            self.assertAlmostEqual(tracked["mean"], sum(values) / len(values), delta=1)
            self.assertAlmostEqual(tracked["range"], max(values) - min(values), delta=1)
            self.assertAlmostEqual(tracked["allowed_range"], 0.2 * tracked["mean"], delta=1)
            self.assertAlmostEqual(tracked["line_last"] - tracked["line_first"], 4 * tracked["slope_per_round"], delta=1)
            met = (tracked["range"] <= tracked["allowed_range"],
                   abs(tracked["line_last"] - tracked["line_first"]) <= tracked["allowed_line"])
            self.assertEqual((tracked["range_met"], tracked["line_met"]), met)
            self.assertEqual(tracked["steady"], all(met))
        self.assertEqual([t["decides"] for t in document["tracked"]], [i == 0 for i in range(len(document["tracked"]))])
        self.assertEqual(document["reached"], document["tracked"][0]["steady"])
        self.assertEqual(document["valid"], document["reached"] and all(c["valid"] for r in inside for c in r["cells"]),
                         document["reasons"])
        self.assertEqual(code, EXIT_OK if document["valid"] else EXIT_UNDECIDED, document["reasons"])

    def pts(self, *args):
        done = run("bench", *args, "--json", cwd=self.folder)
        document = self.document(done.stdout, "pts")
        self.says_why(done)
        self.check(document, done.returncode)
        self.assertEqual(os.listdir(self.folder), [])
        return document

    def test_the_report_follows_from_the_rounds(self):
        document = self.pts("--pts=iops", "--pts-sizes=4k,64k,1m", "--pts-mixes=0,65,100", *SHORT)
        cells = [(c["read_percent"], c["block_bytes"]) for c in document["rounds"][0]["cells"]]
        self.assertEqual(cells, [(mix, size) for mix in (100, 65, 0) for size in (1 << 20, 64 << 10, 4 << 10)])
        self.assertEqual([(t["read_percent"], t["block_bytes"]) for t in document["tracked"]],
                         [(0, 4096), (65, 65536), (100, 1 << 20)])
        self.assertEqual(document["precondition"]["sequential"]["bytes"], 8 << 20)
        self.assertIsNone(document["precondition"]["random"])
        self.assertIsNone(document["purge"])
        told = "\n".join(document["deviations"])
        for what in "not purged", "a file was measured", "for 10ms instead of", "at most 5 rounds", "page cache":
            self.assertIn(what, told)
        self.assertIn("block sizes left out: 128k, 32k, 16k, 8k, 512", told)

    def test_throughput_and_latency(self):
        document = self.pts("--pts=throughput", *SHORT)
        self.assertEqual(document["metric"], "bw_bytes_per_s")
        self.assertEqual(len(document["matrix"]), 2)
        document = self.pts("--pts=latency", "--iodepth=64", "--pts-sizes=4k", *SHORT)
        self.assertEqual((document["metric"], document["job"]["iodepth"], document["job"]["numjobs"]), ("lat_mean_ns", 1, 1))

    def test_text_and_reports(self):
        path = self.folder / "pts.json"
        part = ["--pts-sizes=4k", "--pts-mixes=100,65,0"]
        done = run("bench", "--pts=iops", *part, *SHORT, "-o", path, cwd=self.folder)
        self.assertRegex(done.stdout, r"\ASNIA PTS iops test, buffered, depth 32, on ")
        self.assertRegex(done.stdout, r"(?m)^ +0/100 +65/35 +100/0$")
        self.assertRegex(done.stdout, r"(?m)^ +4k( +[\d.kM]+){3}$")
        self.assertRegex(done.stdout, r"(?m)^ +5 +[\d.kM]+ +yes$")
        self.assertIn("block sizes left out: 1m, 128k, 64k, 32k, 16k, 8k, 512", done.stdout)
        for form, what in ("markdown", "| 4k 0/100"), ("html", "PTS iops"), ("junit", "PTS iops"), ("tap", "PTS iops"):
            with self.subTest(form):
                said = run("report", path, f"--format={form}").stdout
                self.assertIn(what, said)
        said = self.document(run("compare", path, path, "--json").stdout, "compare")
        self.assertEqual({(m["part"], m["change_share"]) for m in said["metrics"]}, {("total", 0)})
        self.assertIn("block sizes left out", run("report", path, "--format=markdown").stdout)

    def test_a_purge_frees_the_part_in_use(self):
        path = self.folder / "file"
        path.write_bytes(b"x" * (4 << 20))
        done = run("bench", path, "--buffered", "--purge=discard", "--overwrite", "--offset=1m", "--size=2m",
                   "--runtime=10ms", "--json")
        if done.returncode == EXIT_UNAVAILABLE:
            self.skipTest(done.stderr)
        document = self.document(done.stdout, "bench")
        self.assertEqual((document["purge"]["how"], document["purge"]["bytes"]), ("discard", 2 << 20))
        self.assertIsNone(document["precondition"])
        self.assertEqual(path.read_bytes(), b"x" * (1 << 20) + bytes(2 << 20) + b"x" * (1 << 20))

    def test_nothing_is_lost_without_consent(self):
        path = self.folder / "file"
        path.write_bytes(b"precious" * 8192)
        for args in ["--pts=iops"], ["--purge=discard"], ["--pts=latency", "--purge=discard"], ["--purge=format"]:
            with self.subTest(args):
                self.assertIn("--overwrite", self.refuses(EXIT_REFUSED, "bench", path, "--buffered", *args))
        self.assertIn("not an NVMe drive", self.refuses(EXIT_UNAVAILABLE, "bench", path, "--buffered", "--purge=format", "--overwrite"))
        self.assertEqual(path.read_bytes(), b"precious" * 8192)

    def test_a_signal_leaves_whole_rounds(self):
        with subprocess.Popen([URINGTOOL, "bench", "--pts=iops", *SHORT[:2], "--pts-sizes=4k", "--pts-mixes=0",
                               "--pts-time=500ms", "--json"], stdout=subprocess.PIPE, encoding="utf-8", cwd=self.folder) as child:
            time.sleep(1.7)
            child.send_signal(signal.SIGINT)
            document = self.document(child.communicate(timeout=60)[0], "pts")
        self.assertEqual(child.returncode, 130)
        self.assertFalse(document["complete"] or document["valid"])
        self.assertLess(len(document["rounds"]), 5)

    def test_what_makes_no_sense(self):
        for words, *args in (("drop --rw", "--pts=iops", "--rw=randwrite"), ("--bs", "--pts=iops", "--bs=8k"),
                             ("--runtime", "--pts=iops", "--runtime=1s"), ("--rate", "--pts=iops", "--rate=1k"),
                             ("--steady-state", "--pts=iops", "--steady-state=pts"), ("--curve", "--pts=iops", "--curve"),
                             ("--sweep", "--pts=iops", "--sweep=iodepth=1,2"), ("--format", "--pts=iops", "--format=fio"),
                             ("--verify-only", "--pts=iops", "--verify-only"), ("need --pts", "--pts-sizes=4k"),
                             ("the test has no 3k", "--pts=iops", "--pts-sizes=3k"), ("iops", "--pts=iop"),
                             ("steady by 4k 0/100", "--pts=iops", "--pts-mixes=100"), ("no target", "--rw=nop", "--purge=discard")):
            with self.subTest(args):
                self.assertIn(words, self.refuses(EXIT_USAGE, "bench", *args, cwd=self.folder))


main()
