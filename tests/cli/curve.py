# SPDX-License-Identifier: MIT
"""uringtool bench --curve: the verdict follows from the points, and the drawings show them."""
import json
import os
import re
import signal
import subprocess
import time
import xml.etree.ElementTree as ET

from cli import (Case, EXIT_OK, EXIT_RUNTIME, EXIT_UNDECIDED, EXIT_USAGE, URINGTOOL, main, run, skip)

EXIT_REFUSED = 5
NS = "{http://www.w3.org/2000/svg}"
SIZES = {"title": 20, "heading": 15, "text": 12, "small": 10}
PERCENTILES = "lat_p50_ns", "lat_p90_ns", "lat_p99_ns", "lat_p999_ns", "lat_max_ns"

if json.loads(run("probe", "--json").stdout)["access"]["verdict"] != "usable":
    skip("io_uring is not usable here")


def box(text):
    """Position of a line of text; common monospaced fonts are 0.6 em wide."""
    size = SIZES[next(c for c in text.get("class").split() if c in SIZES)]
    width, x, y = 0.602 * size * len(text.text), float(text.get("x")), float(text.get("y"))
    x -= {"middle": width / 2, "end": width}.get(text.get("text-anchor"), 0)
    return x, y - 0.75 * size, x + width, y + 0.2 * size


def overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


class Curve(Case):
    def check(self, document, code):
        """Checks the verdicts and the knee against the points."""
        points = document["points"]
        loads = [p["asked_iops"] for p in points]
        self.assertEqual(loads, sorted(set(loads)))
        limit = document["lat_p99_limit_ns"]
        if limit is not None:
            self.assertAlmostEqual(limit, document["knee_factor"] * points[0]["lat_p99_ns"], delta=1)
        for p in points:
            for latency in p, p["service"]:
                order = [latency[k] for k in PERCENTILES if latency[k] is not None]
                self.assertEqual(order, sorted(order))
            late = limit is not None and p["lat_p99_ns"] is not None and p["lat_p99_ns"] > limit
            self.assertEqual(p["verdict"], "behind" if not p["sustained"] else "late" if late else "carried")
            self.assertEqual(p["valid"], p["reason"] is None)
            self.assertLessEqual(p["carried_tries"], p["tries"])
            self.assertEqual(p["verdict"] == "carried", 2 * p["carried_tries"] >= p["tries"])
            self.assertTrue(p["lat_p99_ns"] is None or p["ios"] >= 1000)
        knee = document["knee"]
        if knee:
            lost = [p for p in points if p["verdict"] != "carried"]
            carried = [p for p in points if p["asked_iops"] < lost[0]["asked_iops"]]
            self.assertEqual(knee["iops"], carried[-1]["asked_iops"])
            self.assertEqual(knee["lat_p99_ns"], carried[-1]["lat_p99_ns"])
            self.assertEqual(knee["beyond_iops"], lost[0]["asked_iops"])
            self.assertEqual(knee["beyond_verdict"], lost[0]["verdict"])
            self.assertEqual(knee["ios"], carried[-1]["ios"])
            self.assertLess(knee["iops"], knee["beyond_iops"])
            agreed = {p["asked_iops"]: p for p in points if p["carried_tries"] in (0, p["tries"])}
            if knee["low_iops"]:
                self.assertLessEqual(knee["low_iops"], knee["iops"])
                self.assertGreater(agreed[knee["low_iops"]]["carried_tries"], 0)
            if knee["high_iops"]:
                self.assertGreaterEqual(knee["high_iops"], knee["beyond_iops"])
                self.assertEqual(agreed[knee["high_iops"]]["carried_tries"], 0)
            for p in carried[-1], lost[0]:
                self.assertTrue(p["tries"] >= 5 or not p["valid"] or not document["valid"], p)
            self.assertLessEqual(knee["beyond_iops"] - knee["iops"], 0.04 * knee["beyond_iops"])
        self.assertEqual(document["valid"], not document["reasons"])
        granted = document["granted"]
        self.assertEqual(granted is None, document["closed_loop"]["tries"] == 0)
        if granted:
            self.assertEqual("SQPOLL" in granted["setup_flags"], document["job"]["sqpoll"])
        self.assertTrue(knee or not document["valid"])
        if document["complete"]:
            self.assertEqual(code, EXIT_OK if document["valid"] else EXIT_UNDECIDED)

    def curve(self, *args, **more):
        done = run("bench", *args, "--point=30ms", "--json", cwd=self.folder, **more)
        document = self.document(done.stdout, "curve")
        self.check(document, done.returncode)
        return document

    def test_a_curve_and_its_picture(self):
        for args in (["--rw=nop", "--curve"], ["--buffered", "--size=4m", "--curve=poisson"],
                     ["--buffered", "--size=4m", "--curve=constant", "--knee=100", "--numjobs=2", "--sqpoll"]):
            with self.subTest(args):
                path = self.folder / "curve.svg"
                document = self.curve(*args, f"--svg={path}")
                self.assertEqual(document["arrivals"], "poisson" if "--curve=poisson" in args else "constant")
                self.check_picture(path.read_text("utf-8"), document)
                self.assertEqual(os.listdir(self.folder), ["curve.svg"])

    def check_picture(self, source, document):
        root = ET.fromstring(source)
        self.assertEqual(root.tag, NS + "svg")
        self.assertNotRegex(source, r"<script|href|url\(|@import|<image|<!ENTITY|nan|inf")
        self.assertIn("prefers-color-scheme: dark", source)
        self.assertTrue(root.find(NS + "title").text and root.find(NS + "desc").text)
        width, height = float(root.get("width")), float(root.get("height"))
        texts = [(t.text, box(t)) for t in root.iter(NS + "text")]
        for i, (text, b) in enumerate(texts):
            self.assertTrue(0 <= b[0] and 0 <= b[1] and b[2] <= width and b[3] <= height, text)
            for other, c in texts[i + 1:]:
                self.assertFalse(overlap(b, c), (text, other))
        marks = {}
        for mark in root.iter(NS + "path"):
            x, y = map(int, re.match(r"M(\d+) (\d+)", mark.get("d")).groups())
            marks.setdefault(mark.get("class"), []).append((x, y))
        for cls, key in ("kernel", "lat_p50_ns"), ("app", "lat_p99_ns"), ("const", "lat_p999_ns"):
            shown = [p for p in document["points"] if p[key]]
            places = marks.get(cls, [])
            self.assertEqual(len(places), len(shown))
            # Higher load is further right, higher latency further up.
            self.assertEqual([x for x, _ in places], sorted(x for x, _ in places))
            for (_, a), p in zip(places, shown):
                for (_, b), q in zip(places, shown):
                    if p[key] > q[key]:
                        self.assertLessEqual(a, b)
        if document["knee"]:
            self.assertTrue(any(t.startswith("knee ") for t, _ in texts))
        names = {t for t, _ in texts}
        self.assertTrue({"p50", "p99"} <= names, names)

    def test_the_plot(self):
        for width in 40, 60, 80, 200:
            for option in [], ["--ascii"]:
                with self.subTest(width, option=option):
                    path = self.folder / "curve.json"
                    done = run("bench", "--rw=nop", "--curve", "--point=20ms", *option, "-o", path,
                               env={"COLUMNS": str(width)})
                    document = self.document(path.read_text("utf-8"), "curve")
                    plot = done.stdout.split("\n\n")[1].splitlines()
                    self.assertNotIn("\033", done.stdout)
                    for line in plot:
                        self.assertLessEqual(len(line), min(max(width, 40), 120), line)
                        self.assertEqual(line, line.rstrip())
                    # The other lines may be hidden by the line of the deciding percentile.
                    drawn = "\n".join(plot[:-1])
                    told = any(p["lat_p99_ns"] is not None for p in document["points"])
                    self.assertEqual(("x" if option else "◆") in drawn, told)
                    self.assertEqual(("knee" in drawn), bool(document["knee"]))
                    if option:
                        self.assertTrue(done.stdout.isascii())

    def test_colour_adds_nothing_but_colour(self):
        path = self.folder / "curve.json"
        done = run("bench", "--rw=nop", "--curve", "--point=200ms", "--color=always", "-o", path)
        self.assertIn("\033[33m◆\033[0m", done.stdout)
        self.assertIn("◆ p99", re.sub(r"\033\[\d+m", "", done.stdout))

    def test_a_signal_leaves_what_was_measured(self):
        # The closed loop and two measurements of the idle target take longer than this.
        with subprocess.Popen([URINGTOOL, "bench", "--rw=nop", "--curve", "--point=1s", "--json"],
                              stdout=subprocess.PIPE, encoding="utf-8") as child:
            time.sleep(2.6)
            child.send_signal(signal.SIGINT)
            document = self.document(child.communicate(timeout=60)[0], "curve")
        self.assertEqual(child.returncode, 130)
        self.assertFalse(document["complete"] or document["valid"])
        self.assertIsNone(document["knee"])
        self.assertLess(len(document["points"]), 2)
        self.check(document, child.returncode)

    def test_a_budget(self):
        document = self.curve("--rw=nop", "--curve", "--budget=10ms")
        self.assertTrue(document["complete"])
        self.assertFalse(document["valid"])
        self.assertIn("--budget", document["reasons"][0])
        self.assertEqual((document["budget_ns"], document["points"]), (10_000_000, []))

    def test_a_picture_that_cannot_be_written(self):
        done = run("bench", "--rw=nop", "--curve", "--point=10ms", "--json", "--svg=/dev/full")
        self.document(done.stdout, "curve")
        self.assertEqual(done.returncode, EXIT_RUNTIME)
        self.assertIn("No space left", done.stderr)
        self.assertIn("No such file", self.refuses(EXIT_RUNTIME, "bench", "--rw=nop", "--curve",
                                                   f"--svg={self.folder}/none/x.svg"))

    def test_what_makes_no_sense(self):
        for words, *args in (("none of constant, poisson", "--curve=steep"), ("--rate", "--curve", "--rate=1k"),
                             ("--lat=off", "--curve", "--lat=off"), ("--svg", "--svg=x.svg"),
                             ("--steady-state", "--curve", "--steady-state=pts"),
                             ("--format", "--curve", "--format=fio"),
                             ("--verify", "--curve", "--rw=write", "--verify=crc32c"),
                             ("--io-limit", "--curve", "--io-limit=1m"), ("--iopoll", "--rw=nop", "--curve", "--iopoll")):
            with self.subTest(args):
                self.assertIn(words, self.refuses(EXIT_USAGE, "bench", *args, cwd=self.folder))
        path = self.folder / "file"
        path.write_bytes(bytes(65536))
        self.refuses(EXIT_REFUSED, "bench", path, "--rw=randwrite", "--curve")
        self.refuses(EXIT_REFUSED, "bench", path, "--curve", "--precondition")


main()
