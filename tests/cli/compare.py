# SPDX-License-Identifier: MIT
"""uringtool compare: real results, and results derived from them."""
import json
import os
import shutil
import subprocess

from cli import Case, EXIT_OK, EXIT_RUNTIME, EXIT_UNDECIDED, EXIT_UNMET, EXIT_USAGE, main, run, skip

RUNS = 5
CODES = {"met": EXIT_OK, "unmet": EXIT_UNMET, "undecided": EXIT_UNDECIDED}
SUMMARY = "iops", "bw_bytes_per_s"

if json.loads(run("probe", "--json").stdout)["access"]["verdict"] != "usable":
    skip("io_uring is not usable here")


def measured(*args):
    """A result of bench. A busy host may steal CPU time, which is not tested here."""
    document = json.loads(run("bench", *args, "--runtime=200ms", "--json").stdout)
    document.update(valid=True, reasons=[])
    return document


def scaled(document, speed, n):
    """The document scaled to a speed; n makes slightly different repetitions."""
    made = json.loads(json.dumps(document))
    speed *= 1 + 0.001 * (n % 3)
    for part in made["result"].values():
        if isinstance(part, dict):
            for key, value in part.items():
                if isinstance(value, (int, float)) and not isinstance(value, bool):
                    if key in SUMMARY:
                        part[key] = value * speed
                    elif key.startswith("lat_") or key == "cpu_ns_per_io":
                        part[key] = value / speed
    return made


class Compare(Case):
    @classmethod
    def setUpClass(cls):
        cls.nop = measured("--rw=nop", "--iodepth=8")

    def write(self, name, document):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    def side(self, name, speed=1, runs=RUNS, document=None):
        for n in range(runs):
            self.write(f"{name}/{n}.json", scaled(document or self.nop, speed, n))
        return self.folder / name

    def compare(self, *args, code=None):
        done = run("compare", *args, "--json")
        document = self.document(done.stdout, "compare")
        self.assertEqual(done.returncode, CODES[document["met"]], done.stderr)
        if code is not None:
            self.assertEqual(done.returncode, code, document["metrics"])
        return document, {(m["part"], m["metric"]): m for m in document["metrics"]}

    def incomparable(self, *args):
        done = run("compare", *args)
        self.assertEqual((done.returncode, done.stdout), (EXIT_USAGE, ""))
        return done.stderr

    def test_as_fast(self):
        document, metrics = self.compare(self.side("a"), self.side("b"), code=EXIT_OK)
        self.assertEqual({m["verdict"] for m in metrics.values()}, {"same"})
        self.assertEqual(document["least_runs"], RUNS)
        self.assertEqual((document["base"]["runs"], document["new"]["runs"]), (RUNS, RUNS))
        self.assertEqual(document["reasons"], [])
        iops = metrics["total", "iops"]
        self.assertAlmostEqual(iops["base"], self.nop["result"]["total"]["iops"], delta=iops["base"] / 100)
        self.assertLess(iops["resolution_share"], 0.05)
        self.assertNotIn(("total", "bw_bytes_per_s"), metrics)

    def test_slower_and_faster(self):
        for speed, code, verdict in ((0.8, EXIT_UNMET, "worse"), (0.9, EXIT_UNMET, "worse"), (0.97, EXIT_OK, "worse"),
                                     (1.1, EXIT_OK, "better")):
            with self.subTest(speed):
                _, metrics = self.compare(self.side("a"), self.side("b", speed), code=code)
                self.assertEqual({m["verdict"] for m in metrics.values()}, {verdict})
                iops = metrics["total", "iops"]
                self.assertAlmostEqual(iops["change_share"], speed - 1, delta=0.01)
                self.assertLessEqual(iops["change_low_share"], iops["change_share"])
                self.assertLessEqual(iops["change_share"], iops["change_high_share"])

    def test_a_real_slowdown(self):
        """A rate of a tenth of the speed of the rings alone is a known slowdown."""
        for n in range(4):
            self.write(f"a/{n}.json", measured("--rw=nop", "--iodepth=8"))
            self.write(f"b/{n}.json", measured("--rw=nop", "--iodepth=8", "--rate=20k,closed"))
        self.assertIn("rate", self.incomparable(self.folder / "a", self.folder / "b"))
        sides = self.folder / "a", self.folder / "b", "--allow-mismatch=job", "--metrics=iops"
        document, metrics = self.compare(*sides, code=EXIT_UNMET)
        self.assertEqual(metrics["total", "iops"]["verdict"], "worse")
        self.assertEqual([(d["group"], d["name"], d["new"]) for d in document["differences"]],
                         [("job", "rate", "20k,closed")])
        self.compare(*sides, "--max-regress=100%", code=EXIT_OK)
        _, metrics = self.compare(self.folder / "b", self.folder / "a", *sides[2:], code=EXIT_OK)
        self.assertEqual(metrics["total", "iops"]["verdict"], "better")

    def test_with_itself(self):
        """Real runs compared with themselves are never better or worse."""
        for n in range(RUNS):
            self.write(f"a/{n}.json", measured("--rw=nop", "--iodepth=1"))
        _, metrics = self.compare(self.folder / "a", self.folder / "a")
        for m in metrics.values():
            self.assertEqual(m["change_share"], 0)
            self.assertIn(m["verdict"], ("same", "inconclusive"))
            self.assertNotEqual(m["met"], "unmet")

    def test_single_runs(self):
        series = json.loads(json.dumps(self.nop))
        series["result"]["series"] = [{"iops": self.nop["result"]["total"]["iops"] * (1 + 0.001 * (n % 3))}
                                      for n in range(12)]
        a, b = self.write("a.json", series), self.write("b.json", scaled(series, 0.8, 0))
        document, metrics = self.compare(a, b, code=EXIT_UNDECIDED)
        self.assertEqual({m["verdict"] for m in metrics.values()}, {"inconclusive"})
        self.assertIn("--noise", " ".join(document["reasons"]))
        self.assertIsNone(document["noise_share"])
        iops = metrics["total", "iops"]
        self.assertEqual(iops["basis"], "spans")
        self.assertEqual((iops["base_samples"], iops["new_samples"]), (12, 12))
        self.assertAlmostEqual(iops["change_low_share"], -0.2, delta=0.01)
        self.assertAlmostEqual(iops["change_high_share"], -0.2, delta=0.01)
        self.assertEqual(metrics["total", "cpu_ns_per_io"]["basis"], "none")
        _, metrics = self.compare(a, b, "--noise=2%", "--metrics=cpu", code=EXIT_UNMET)
        self.assertEqual(metrics["total", "cpu_ns_per_io"]["basis"], "noise")
        self.compare(a, a, "--noise=2%", "--metrics=cpu", code=EXIT_OK)
        self.compare(a, b, "--noise=50%", "--metrics=cpu", code=EXIT_UNDECIDED)

    def test_files_by_option(self):
        base, new = sorted(self.side("a").iterdir()), sorted(self.side("b").iterdir())
        args = [base[0], new[0], *(f"--base={p}" for p in base[1:]), *(f"--new={p}" for p in new[1:])]
        document, _ = self.compare(*args, code=EXIT_OK)
        self.assertEqual(document["base"]["from"], [str(p) for p in base])
        self.assertEqual(document["new"]["from"], [str(p) for p in new])
        document, _ = self.compare(*(a for a in args[2:]), code=EXIT_UNDECIDED)
        self.assertEqual(document["new"]["runs"], RUNS - 1)

    def test_pairs(self):
        document, metrics = self.compare(self.side("a", runs=10), self.side("b", 0.8, runs=10), "--paired",
                                         code=EXIT_UNMET)
        self.assertTrue(document["paired"])
        self.assertEqual({m["basis"] for m in metrics.values()}, {"pairs"})
        self.side("b", runs=11)
        self.assertIn("no pairs", self.refuses(EXIT_USAGE, "compare", self.folder / "a", self.folder / "b", "--paired"))

    def test_limits(self):
        sides = self.side("a"), self.side("b", 0.9)
        self.compare(*sides, code=EXIT_UNMET)
        self.compare(*sides, "--max-regress=20%", code=EXIT_OK)
        limits = "--max-regress=iops=20%", "--max-regress=20"
        self.compare(*sides, *limits, "--max-regress=lat_p99=1%", code=EXIT_UNMET)
        self.compare(*sides, *limits, "--max-regress=lat_p99=1%", "--metrics=iops,cpu", code=EXIT_OK)
        # Of one metric, at any position of the option.
        document, metrics = self.compare(*sides, "--max-regress=cpu=30%", "--max-regress=2%", code=EXIT_UNMET)
        self.assertEqual(metrics["total", "cpu_ns_per_io"]["max_regress_share"], 0.3)
        self.assertEqual(metrics["total", "iops"]["max_regress_share"], 0.02)
        self.assertEqual(metrics["total", "cpu_ns_per_io"]["met"], "met")

    def test_what_no_run_tells(self):
        silent = json.loads(json.dumps(self.nop))
        silent["result"]["total"]["lat_p99_ns"] = None
        sides = self.side("a", document=silent), self.side("b", document=silent)
        self.compare(*sides, code=EXIT_OK)
        document, _ = self.compare(*sides, "--metrics=iops,lat_p99", code=EXIT_UNDECIDED)
        self.assertIn("lat_p99", " ".join(document["reasons"]))

    def test_invalid_results_decide_nothing(self):
        for change in ({"valid": False, "reasons": ["the moon"]}, {"complete": False}):
            for speed in 0.5, 1, 2:
                with self.subTest((change, speed)):
                    sides = self.side("a"), self.side("b", speed)
                    self.write("b/2.json", {**scaled(self.nop, speed, 2), **change})
                    document, metrics = self.compare(*sides, code=EXIT_UNDECIDED)
                    self.assertEqual({m["verdict"] for m in metrics.values()}, {"inconclusive"})
                    self.assertFalse(document["valid"])
                    self.assertEqual([i["from"] for i in document["new"]["invalid"]], [f"{sides[1]}/2.json"])
                    self.assertIn("2.json", " ".join(document["reasons"]))

    def test_what_is_not_comparable(self):
        def changed(*path, to):
            made = json.loads(json.dumps(self.nop))
            at = made
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = to
            return made
        for group, name, document in (
                ("kernel", "release", changed("host", "kernel", to="5.10")),
                ("host", "cpus", changed("host", "cpus", to=1000)),
                ("device", "type", changed("target", "type", to="block")),
                ("job", "iodepth", changed("job", "iodepth", to=9)),
                ("job", "numjobs", changed("job", "numjobs", to=2)),
                ("granted", "setup_flags", changed("granted", "setup_flags", to=["SQPOLL"]))):
            with self.subTest(name):
                sides = self.side("a"), self.side("b", document=document)
                said = self.incomparable(*sides)
                self.assertIn(f"another {group}: {name} is ", said)
                self.assertIn(f"--allow-mismatch={group} ", said)
                self.assertEqual(len(said.splitlines()), 2)
                told, _ = self.compare(*sides, f"--allow-mismatch=tool,{group}", code=EXIT_OK)
                self.assertEqual([(d["group"], d["name"]) for d in told["differences"]], [(group, name)])
        # Results on one side must be of the same kind, whatever is allowed.
        self.write("a/1.json", changed("job", "iodepth", to=9))
        self.assertIn("not a repetition", self.incomparable(*sides, "--allow-mismatch=job"))
        # Another host or seed makes no difference.
        for document in changed("host", "hostname", to="elsewhere"), changed("job", "seed", to=7):
            self.compare(self.side("a"), self.side("b", document=document), code=EXIT_OK)

    def test_refusals(self):
        a = self.write("a.json", self.nop)
        half = self.folder / "half.json"
        half.write_text(a.read_text("utf-8")[:1000], encoding="utf-8")
        (self.folder / "empty").mkdir()
        probe = self.write("probe.json", json.loads(run("probe", "--json").stdout))
        for code, words, *args in (
                (EXIT_USAGE, "no result for base"), (EXIT_USAGE, "no result for new", a),
                (EXIT_USAGE, "unexpected", a, a, a),
                (EXIT_RUNTIME, "No such file", a, self.folder / "none"),
                (EXIT_USAGE, "not valid JSON", a, half), (EXIT_USAGE, "no *.json", a, self.folder / "empty"),
                (EXIT_USAGE, "'probe' is not 'bench'", probe, a),
                (EXIT_USAGE, "not a percentage", a, a, "--max-regress=much"),
                (EXIT_USAGE, "not a percentage", a, a, "--noise=-1"),
                (EXIT_USAGE, "50%", a, a, "--confidence=20"),
                (EXIT_USAGE, "no metric", a, a, "--max-regress=speed=3%"),
                (EXIT_USAGE, "no metric", a, a, "--metrics=iops,speed"),
                (EXIT_USAGE, "no metric", a, a, "--metrics="),
                (EXIT_USAGE, "'iosp' is no metric; did you mean 'iops'?", a, a, "--metrics=lat_p99,iosp,iops"),
                (EXIT_USAGE, "'iosp' is no metric; did you mean 'iops'?", a, a, "--max-regress=iosp=3%"),
                (EXIT_USAGE, "granted; did you mean 'kernel'?", a, a, "--allow-mismatch=host,kernl,job"),
                (EXIT_USAGE, "none of", a, a, "--allow-mismatch=weather")):
            with self.subTest(args):
                self.assertIn(words, self.refuses(code, "compare", *args))

    def test_text(self):
        sides = self.side("a"), self.side("b", 0.8)
        done = run("compare", *sides)
        self.assertEqual(done.returncode, EXIT_UNMET)
        self.assertNotIn("\033", done.stdout)
        self.assertTrue(done.stdout.isascii())
        self.assertRegex(done.stdout, r"IOPS .* worse +unmet")
        for columns in 76, 100, 200:
            lines = run("compare", *sides, env={"COLUMNS": str(columns)}).stdout.splitlines()
            self.assertLessEqual(max(map(len, lines[2:])), columns)
            plot = lines[lines.index("How sure that is") + 1:]
            self.assertEqual(plot[0].split(), ["worse", "better", "interval", "resolution"])
            row = next(line for line in plot if line.split()[0] == "IOPS")
            self.assertLess(row.index("o"), row.index("|"))
        colored = run("compare", *sides, "--color=always").stdout
        self.assertIn("\033[31mworse\033[0m", colored)

    def test_fios_form_of_ours(self):
        file = self.folder / "file"
        file.write_bytes(os.urandom(1 << 20))
        form = json.loads(run("bench", file, "--buffered", "--runtime=200ms", "--format=fio").stdout)
        form["uringtool"].update(valid=True, reasons=[])
        made = self.write("form.json", form)
        document, metrics = self.compare(made, made, "--noise=1%", code=EXIT_OK)
        self.assertEqual(document["base"]["tool"], "uringtool")
        self.assertEqual(document["base"]["kernel"], os.uname().release)
        self.assertEqual(metrics["total", "iops"]["base"], form["uringtool"]["result"]["total"]["iops"])
        form["uringtool"]["valid"] = False
        self.compare(self.write("form.json", form), made, "--noise=1%", code=EXIT_UNDECIDED)

    def test_fio(self):
        if not shutil.which("fio"):
            self.skipTest("no fio on this machine")
        made = self.folder / "fio.json"
        subprocess.run(["fio", "--name=it", "--filename=file", "--size=1m", "--ioengine=psync", "--bs=4k",
                        "--rw=randrw", "--runtime=300ms", "--time_based", "--numjobs=2", "--output-format=json+",
                        f"--output={made}"], check=True, cwd=self.folder)
        fio = json.loads(made.read_text("utf-8"))
        document, metrics = self.compare(made, made, "--noise=1%", code=EXIT_OK)
        self.assertEqual((document["base"]["tool"], document["base"]["kernel"]), ("fio", None))
        self.assertEqual(document["base"]["version"], fio["fio version"])
        iops = sum(job["read"]["iops"] for job in fio["jobs"])
        self.assertAlmostEqual(metrics["read", "iops"]["base"], iops, delta=1)
        lows, highs = zip(*((p["50.000000"] * .97, p["50.000000"] * 1.03)
                            for p in (job["write"]["clat_ns"]["percentile"] for job in fio["jobs"])))
        self.assertTrue(min(lows) <= metrics["write", "lat_p50_ns"]["base"] <= max(highs))
        self.assertFalse(metrics["total", "iops"]["decides"])
        self.assertTrue(metrics["total", "cpu_ns_per_io"]["decides"])
        # Slower in one direction only.
        for job in fio["jobs"]:
            job["write"]["iops"] /= 2
        slow = self.write("slow.json", fio)
        self.compare(made, slow, "--noise=1%", "--metrics=iops", code=EXIT_UNMET)
        for job in fio["jobs"]:
            job["error"] = 5
        self.compare(made, self.write("slow.json", fio), "--noise=1%", code=EXIT_UNDECIDED)
        # Another program's result differs, but the jobs can be compared.
        said = self.incomparable(made, self.write("a.json", self.nop))
        self.assertIn("another tool: name is fio in base, uringtool in new", said)
        self.assertIn("another job: rw is randrw in base, nop in new", said)
        document, _ = self.compare(made, self.folder / "a.json", "--noise=1%", "--allow-mismatch=tool,job,device")
        self.assertEqual((document["met"], len(document["reasons"])), ("undecided", 1))
        self.assertIn("not both sides have: read IOPS, read mean", document["reasons"][0])


main()
