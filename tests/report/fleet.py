# SPDX-License-Identifier: MIT
"""Results of many hosts together: which hosts are named, the exit code, and what is refused."""
import copy
import json

from cli import (EXIT_OK, EXIT_UNAVAILABLE, EXIT_UNDECIDED, EXIT_UNMET, EXIT_USAGE, main, run)
from results import EXAMPLE, Results, bench, changed


def of_host(host, factor=1.0, verdict="pass"):
    document = changed(verdict=verdict, why=None if verdict == "pass" else "so it is")
    document["host"]["hostname"] = host
    document["checks"] = [c for c in document["checks"] if c["verdict"] == "pass"]
    document["results"] = document["results"][:1]
    total = document["results"][0]["bench"]["result"]["total"]
    total["iops"] *= factor
    total["lat_p99_ns"] = int(total["lat_p99_ns"] / factor)
    return document


class Fleet(Results):
    def report(self, *args, code):
        done = run("report", *map(str, args), "--json")
        self.assertEqual(done.returncode, code)
        self.says_why(done)
        return self.document(done.stdout, "report")

    def test_slow_killed_and_unsupported_are_the_three_that_are_named(self):
        for i in range(16):
            document = of_host(f"node{i}", 1 + i % 5 / 1000)
            if i == 3:
                document = of_host("node3", 0.5)
            if i == 7:
                continue
            if i == 11:
                document = of_host("node11", verdict="skipped")
                document.update(checks=[], results=[])
            self.write(document, f"rack/node{i}.json")
        hosts = self.write("".join(f"node{i}\n" for i in range(16)), "hosts")
        found = self.report(self.folder / "rack", f"--expect-hosts={hosts}", code=EXIT_UNMET)
        self.assertEqual(found["missing_hosts"], ["node7"])
        self.assertEqual({o["host"] for o in found["outliers"]}, {"node3"})
        self.assertEqual({o["metric"] for o in found["outliers"]}, {"iops", "lat_p99_ns"})
        self.assertEqual([r["host"] for r in found["results"] if r["verdict"] != "pass"], ["node11"])
        self.assertEqual(found["counts"], {"pass": 14, "skipped": 1, "invalid": 0, "fail": 0})
        text = run("report", str(self.folder / "rack"), f"--expect-hosts={hosts}").stdout
        for name in "node3", "node7", "node11":
            self.assertRegex(text, rf"\b{name}\b")

    def test_exit_codes(self):
        for verdict, code in ("pass", EXIT_OK), ("fail", EXIT_UNMET), ("invalid", EXIT_UNDECIDED), ("skipped", EXIT_UNAVAILABLE):
            alone = self.write(of_host("a", verdict=verdict), "a.json")
            for form in "text", "markdown", "junit", "tap", "prometheus", "ocp", "html":
                self.assertEqual(run("report", alone, f"--format={form}").returncode, code, (verdict, form))
            beside = EXIT_UNDECIDED if verdict == "skipped" else code
            self.assertEqual(run("report", alone, self.write(of_host("b"), "b.json")).returncode, beside)

    def test_outliers_fail_when_asked(self):
        for i in range(8):
            self.write(of_host(f"node{i}", 0.5 if i == 2 else 1), f"rack/{i}.json")
        self.assertEqual(len(self.report(self.folder / "rack", code=EXIT_OK)["outliers"]), 2)
        self.assertEqual(self.report(self.folder / "rack", "--fail-on-outliers", code=EXIT_UNMET)["verdict"], "fail")

    def test_folders_in_folders(self):
        for i in range(3):
            self.write(of_host(f"node{i}"), f"rack/node{i}/run/result.json")
        self.write(of_host("hidden"), "rack/.old/result.json")
        self.write("not JSON at all", "rack/node1/log.txt")
        self.write("", "rack/node2/empty.json")
        self.write({"some": "thing else"}, "rack/node2/plan.json")
        self.write({**bench(), "kind": "recording"}, "rack/node2/recording.json")
        found = self.report(self.folder / "rack", code=EXIT_UNDECIDED)
        self.assertEqual([r["host"] for r in found["results"]], ["node0", "node1", "node2"])
        self.assertEqual([u["file"].rpartition("/")[2] for u in found["unreadable"]], ["empty.json"])

    def test_the_latest_of_a_host(self):
        self.write({**of_host("a", verdict="fail"), "time": "2026-01-01T00:00:00Z"}, "rack/1.json")
        self.write({**of_host("a"), "time": "2026-01-02T00:00:00Z"}, "rack/0.json")
        found = self.report(self.folder / "rack", code=EXIT_OK)
        self.assertEqual([f.rpartition("/")[2] for f in found["superseded"]], ["1.json"])

    def test_nobody_came(self):
        (self.folder / "rack").mkdir()
        hosts = self.write("a\nb\n", "hosts")
        found = self.report(self.folder / "rack", f"--expect-hosts={hosts}", code=EXIT_UNMET)
        self.assertEqual((found["results"], found["missing_hosts"]), ([], ["a", "b"]))
        for form in "markdown", "junit", "tap", "prometheus", "html":
            done = run("report", str(self.folder / "rack"), f"--expect-hosts={hosts}", f"--format={form}")
            self.assertEqual(done.returncode, EXIT_UNMET)
            self.says_why(done)
            self.assertTrue(done.stdout)

    def test_a_host_that_was_not_expected(self):
        path = self.write(of_host("a.rack.example"), "a.json")
        hosts = self.write("a\n", "hosts")
        self.assertEqual(self.report(path, f"--expect-hosts={hosts}", code=EXIT_OK)["unexpected_hosts"], [])
        more = self.write(of_host("z"), "z.json")
        self.assertEqual(self.report(path, more, f"--expect-hosts={hosts}", code=EXIT_OK)["unexpected_hosts"], ["z"])

    def test_numbers_are_those_of_the_result(self):
        found, = self.report(self.write(EXAMPLE), code=EXIT_UNMET)["results"]
        for check, was in zip(found["checks"], EXAMPLE["checks"], strict=True):
            self.assertEqual({key: was[key] for key in check}, check)
        for line, was in zip(found["benches"], EXAMPLE["results"], strict=True):
            self.assertEqual(line["iops"], was["bench"]["result"]["total"]["iops"])
            self.assertEqual(line["cpu_ns_per_io"], was["bench"]["result"]["cpu"]["cpu_ns_per_io"])

    def test_saved_in_its_form(self):
        path = self.folder / "out.xml"
        done = run("report", self.write(EXAMPLE), "--format=junit", "-o", str(path))
        self.assertEqual(path.read_text("utf-8"), done.stdout)

    def test_refused(self):
        good = self.write(EXAMPLE)
        cut = self.write('{"kind": "qualify",\n"a": ', "cut.json")
        cases = [
            ([], "which results"),
            ([str(self.folder / "none.json")], "No such file"),
            ([cut], "cut.json:2: not valid JSON"),
            ([good, cut], "cut.json:2: not valid JSON"),
            ([self.write({"kind": "qualify"}, "foreign.json")], "not a result of uringtool"),
            ([self.write({**bench(), "kind": "dump"}, "dump.json")], "a document of kind 'dump'; reported are bench, "),
            ([self.write({**EXAMPLE, "schema_version": 2}, "new.json")], "a newer uringtool"),
            ([good, "--json", "--format=tap"], "exclude each other"),
            ([good, "--format=yaml"], "--format"),
            ([good, "--expect-hosts=" + str(self.folder / "none")], "No such file"),
            ([good, "--expect-hosts=" + self.write("# nobody\n", "nobody")], "no host in it"),
        ]
        broken = copy.deepcopy(EXAMPLE)
        del broken["checks"][4]["verdict"]
        cases.append(([self.write(broken, "broken.json")], "broken.json: checks[4]: key 'verdict': missing"))
        (self.folder / "empty").mkdir()
        cases.append(([str(self.folder / "empty")], "no result in it"))
        for args, says in cases:
            self.assertIn(says, self.refuses(EXIT_USAGE, "report", *args))
        layout = str(self.folder / "layout.json")
        self.assertEqual(run("layout", "--as-of=6.1", "-o", layout).returncode, EXIT_OK)
        for form in "junit", "tap", "prometheus", "ocp":
            self.assertIn("no verdict", self.refuses(EXIT_USAGE, "report", layout, f"--format={form}"))

    def test_attacks_on_a_terminal(self):
        def check(document, text):
            self.assertNotRegex(text, "[\x00-\x09\x0b-\x1f\x7f\x80-\x9f]")
            self.assertEqual(json.loads(run("report", self.write(document), "--json").stdout)["verdict"], "fail")

        self.attack("text", check)


main()
