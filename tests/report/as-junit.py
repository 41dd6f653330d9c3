# SPDX-License-Identifier: MIT
"""JUnit XML against our description of what its readers have in common and, if JUNIT_XSD names files, against the
schemas of those readers: JUnit.xsd (Ant) and junit-10.xsd (Jenkins)."""
import os
import subprocess
import tempfile
import xml.etree.ElementTree as ET

from cli import EXIT_OK, EXIT_UNDECIDED, main
from results import EXAMPLE, HERE, Results, bench, changed, replayed, tool

XMLLINT = tool("xmllint", "libxml2-utils")
SCHEMAS = [str(HERE / "junit.xsd"), *os.environ.get("JUNIT_XSD", "").split()]
ELEMENT = {"pass": None, "fail": "failure", "invalid": "error", "skipped": "skipped"}


class JUnit(Results):
    def parsed(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            for path in SCHEMAS:
                done = subprocess.run([XMLLINT, "--noout", "--nonet", "--schema", path, file.name], encoding="utf-8",
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
                self.assertEqual(done.returncode, 0, done.stdout)
        suites = ET.fromstring(text).findall("testsuite")
        for suite in suites:
            cases = suite.findall("testcase")
            self.assertEqual(int(suite.get("tests")), len(cases))
            for kind in "failure", "error", "skipped":
                plural = kind if kind == "skipped" else kind + "s"
                self.assertEqual(int(suite.get(plural)), sum(case.find(kind) is not None for case in cases))
            self.assertEqual(len({case.get("name") for case in cases}), len(cases))
        return suites

    def test_a_case_for_each_check(self):
        suites = self.parsed(self.rendered(EXAMPLE, "junit"))
        self.assertEqual(len(suites), 1)
        self.assertEqual(suites[0].get("hostname"), EXAMPLE["host"]["hostname"])
        cases = suites[0].findall("testcase")
        for case, check in zip(cases, EXAMPLE["checks"], strict=True):
            self.assertEqual(case.get("name"), check["id"])
            wanted = ELEMENT[check["verdict"]]
            if wanted and not check["required"]:
                wanted = "skipped"
            self.assertEqual([child.tag for child in case], [wanted] if wanted else [])
            if wanted:
                self.assertIn(check["why"], case[0].get("message"))

    def test_what_cannot_be_trusted_is_an_error(self):
        document = bench()
        self.assertEqual([len(s.findall("testcase")) for s in self.parsed(self.rendered(document, "junit", EXIT_OK))], [1])
        document.update(valid=False, reasons=["short reads"])
        suite, = self.parsed(self.rendered(document, "junit", EXIT_UNDECIDED))
        self.assertIn("short reads", suite.find("testcase/error").get("message"))

    def test_a_verdict_that_no_check_explains_is_a_case(self):
        document = changed(verdict="invalid", why="interrupted", checks=[])
        suite, = self.parsed(self.rendered(document, "junit", EXIT_UNDECIDED))
        self.assertEqual(suite.find("testcase/error").get("message"), "interrupted")

    def test_a_replayed_result_says_so(self):
        for document, said in (replayed(), ["true"]), (EXAMPLE, []):
            suite, = self.parsed(self.rendered(document, "junit"))
            self.assertEqual([p.get("value") for p in suite.iterfind("properties/property[@name='replayed']")], said)

    def test_attacks(self):
        def check(document, text):
            suite, = self.parsed(text)
            self.assertEqual(len(suite.findall("testcase")), len(document["checks"]))
            self.assertEqual(len(suite.findall("testcase/failure")), 2)

        self.attack("junit", check)

    def test_fleet(self):
        suites = {suite.get("hostname"): suite for suite in self.parsed(self.fleet("junit"))}
        self.assertEqual(sorted(suites), ["bad", "fleet", "good", "odd"])
        self.assertEqual([suites[host].get("failures") for host in ("good", "bad", "fleet")], ["0", "2", "2"])
        self.assertEqual(suites["odd"].get("errors"), "1")
        failed = [case.get("name") for case in suites["fleet"].findall("testcase") if case.find("failure") is not None]
        self.assertEqual(failed, ["host/cut", "host/gone"])


main()
