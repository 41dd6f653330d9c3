# SPDX-License-Identifier: MIT
"""TAP against the parsers of Meson and of Perl. Many versions of TAP::Parser know only version 13. The output is
valid in versions 13 and 14, so the version line is changed for them."""
import io
import json
import subprocess

from cli import EXIT_OK, EXIT_UNDECIDED, main, skip
from results import EXAMPLE, Results, bench, changed, replayed, tool

try:
    from mesonbuild.mtest import TAPParser, TestResult
except ImportError:
    skip("this Python does not know Meson's modules")

PERL = """use TAP::Parser; use JSON::PP; local $/; my $tap = <STDIN>;
my $p = TAP::Parser->new({tap => $tap}); my @r;
while (my $t = $p->next) { push @r, {ok => $t->is_actual_ok ? 1 : 0, skip => $t->has_skip ? 1 : 0,
  todo => $t->has_todo ? 1 : 0} if $t->is_test; push @r, {yaml => $t->data} if $t->is_yaml }
print encode_json({errors => [$p->parse_errors], results => \\@r, plan => $p->plan});"""


class Tap(Results):
    def points(self, text):
        """The test points, which are the same for both parsers."""
        self.assertTrue(text.startswith("TAP version 14\n"))
        events = list(TAPParser().parse(io.StringIO(text)))
        for event in events:
            self.assertNotIsInstance(event, (TAPParser.Error, TAPParser.Bailout), text)
        tests = [event for event in events if isinstance(event, TAPParser.Test)]
        self.assertFalse([e for e in events if type(e).__name__ == "UnknownLine"], text)
        perl = subprocess.run([tool("perl", "perl"), "-e", PERL], input=text.replace("TAP version 14", "TAP version 13", 1),
                              stdout=subprocess.PIPE, encoding="utf-8", check=True)
        seen = json.loads(perl.stdout)
        self.assertEqual(seen["errors"], [])
        points = [r for r in seen["results"] if "ok" in r]
        self.assertEqual(len(points), len(tests))
        for point, test in zip(points, tests):
            wanted = {(1, 0, 0): TestResult.OK, (0, 0, 0): TestResult.FAIL, (1, 1, 0): TestResult.SKIP,
                      (0, 0, 1): TestResult.EXPECTEDFAIL}[point["ok"], point["skip"], point["todo"]]
            self.assertEqual(test.result, wanted, text)
        self.yaml = [r["yaml"] for r in seen["results"] if "yaml" in r]
        return [test.result for test in tests]

    def wanted(self, checks):
        return [{"pass": TestResult.OK, "skipped": TestResult.SKIP}.get(
            c["verdict"], TestResult.FAIL if c["required"] else TestResult.EXPECTEDFAIL) for c in checks]

    def test_a_point_for_each_check(self):
        self.assertEqual(self.points(self.rendered(EXAMPLE, "tap")), self.wanted(EXAMPLE["checks"]))
        bad = [c for c in EXAMPLE["checks"] if c["verdict"] in ("fail", "invalid")]
        for yaml, check in zip(self.yaml, bad, strict=True):
            self.assertEqual((yaml["message"], yaml["check"]), (check["why"], check["id"]))

    def test_what_cannot_be_trusted_fails(self):
        self.assertEqual(self.points(self.rendered(bench(), "tap", EXIT_OK)), [TestResult.OK])
        self.assertEqual(self.points(self.rendered({**bench(), "valid": False}, "tap", EXIT_UNDECIDED)), [TestResult.FAIL])

    def test_nothing_to_judge(self):
        text = self.rendered(changed(verdict="pass", checks=[]), "tap", EXIT_OK)
        self.assertEqual(text.splitlines()[2], "1..0 # SKIP nothing is judged")
        self.points(text)

    def test_a_replayed_result_says_so(self):
        self.assertNotIn("replayed", self.rendered(EXAMPLE, "tap"))
        text = self.rendered(replayed(), "tap")
        self.assertEqual(self.points(text), self.wanted(EXAMPLE["checks"]))
        self.assertEqual(text.count(f"\n# replayed from a recording: {EXAMPLE['plan']['name']} on {EXAMPLE['host']['hostname']}\n"), 1)

    def test_attacks(self):
        def check(document, text):
            self.assertEqual(self.points(text), self.wanted(document["checks"]))

        self.attack("tap", check)

    def test_attacks_on_a_replayed_one(self):
        for text in "1..0", "a\nok 1 - b", "# SKIP":
            document = replayed()
            document["host"]["hostname"] = document["plan"]["name"] = text
            self.assertEqual(self.points(self.rendered(document, "tap")), self.wanted(EXAMPLE["checks"]))

    def test_fleet(self):
        text = self.fleet("tap")
        self.assertEqual(self.points(text)[-3:], [TestResult.FAIL] * 3)
        self.assertRegex(text, r"(?m)^not ok \d+ - a result of host gone$")


main()
