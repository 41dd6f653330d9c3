# SPDX-License-Identifier: MIT
"""The metrics against promtool, and against further requirements of node_exporter's textfile collector."""
import re
import subprocess

from cli import EXIT_OK, main, run
from results import EXAMPLE, Results, bench, replayed, tool

PROMTOOL = tool("promtool", "prometheus")
SERIES = re.compile(r'([a-z0-9_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\[\\"n])*",?)*)\})? (\S+)')


class Prometheus(Results):
    def series(self, text):
        done = subprocess.run([PROMTOOL, "check", "metrics"], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8", check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        told, found, last = {"HELP": set(), "TYPE": set()}, {}, None
        self.assertTrue(text.endswith("\n"))
        for line in text[:-1].split("\n"):
            if line.startswith("#"):
                _, what, name, rest = line.split(" ", 3)
                self.assertNotIn(name, told[what], "said twice")
                self.assertTrue(what == "HELP" or rest in ("gauge", "counter"), line)
                told[what].add(name)
                last = name
                continue
            name, labels, value = SERIES.fullmatch(line).groups()
            self.assertEqual(name, last, "apart from its HELP and TYPE")
            float(value)
            # The order of labels does not matter; an empty label is the same as none.
            key = name, tuple(sorted(l for l in re.findall(r'([a-z_]+="(?:[^"\\]|\\.)*")', labels or "") if not l.endswith('=""')))
            self.assertNotIn(key, found)
            found[key] = float(value)
        self.assertEqual(told["HELP"], told["TYPE"])
        self.assertEqual(told["HELP"], {name for name, _ in found})
        return found

    def of(self, found, name, *labels):
        return [value for (n, at), value in found.items() if n == name and set(labels) <= set(at)]

    def test_checks_and_measurements(self):
        found = self.series(self.rendered(EXAMPLE, "prometheus"))
        self.assertEqual(self.of(found, "uringtool_result_verdict", 'verdict="fail"'), [1])
        self.assertEqual(self.of(found, "uringtool_result_verdict", 'verdict="pass"'), [0])
        for verdict, count in EXAMPLE["counts"].items():
            self.assertEqual(sum(self.of(found, "uringtool_check_verdict", f'verdict="{verdict}"')), count)
        for check in EXAMPLE["checks"]:
            if isinstance(check["value"], (int, float)):
                self.assertEqual(self.of(found, "uringtool_check_value", f'check="{check["id"]}"'), [check["value"]])
        iops = [r["bench"]["result"]["total"]["iops"] for r in EXAMPLE["results"]]
        self.assertEqual(self.of(found, "uringtool_bench_iops"), iops)
        p99 = [r["bench"]["result"]["total"]["lat_p99_ns"] / 1e9 for r in EXAMPLE["results"]]
        self.assertEqual(self.of(found, "uringtool_bench_latency_p99_seconds"), p99)

    def test_one_measurement_twice(self):
        paths = [self.write(bench(), f"{i}.json") for i in range(3)]
        done = run("report", *paths, "--format=prometheus")
        self.assertEqual(done.returncode, EXIT_OK, done.stderr)
        self.assertEqual(len(self.of(self.series(done.stdout), "uringtool_bench_iops")), 3)

    def test_a_replayed_result_says_so(self):
        for document, said in (replayed(), "true"), (EXAMPLE, "false"):
            found = self.series(self.rendered(document, "prometheus"))
            self.assertEqual(self.of(found, "uringtool_result_info", f'replayed="{said}"'), [1])

    def test_attacks(self):
        def check(_, text):
            self.series(text)

        self.attack("prometheus", check)

    def test_fleet(self):
        found = self.series(self.fleet("prometheus"))
        self.assertEqual(self.of(found, "uringtool_fleet_missing_hosts"), [2])
        self.assertEqual(self.of(found, "uringtool_fleet_unreadable_files"), [1])
        self.assertEqual(self.of(found, "uringtool_fleet_results", 'verdict="pass"'), [1])
        self.assertEqual(self.of(found, "uringtool_check_verdict", 'check="host/gone"', 'verdict="fail"'), [1])


main()
