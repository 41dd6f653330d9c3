# SPDX-License-Identifier: MIT
"""uringtool probe on the running kernel: its JSON, its text, and that they agree."""
import json
import platform
import re

from cli import Case, EXIT_OF_VERDICT, main, run

PREFIX = {"ops": "IORING_OP_", "setup_flags": "IORING_SETUP_", "features": "IORING_FEAT_",
          "register_ops": "IORING_", "enter_flags": "IORING_ENTER_", "sqe_flags": "IOSQE_"}


class Probe(Case):
    def probe(self):
        done = run("probe", "--json")
        self.assertEqual(done.stderr, "")
        document = self.document(done.stdout, "probe")
        self.assertEqual(done.returncode, EXIT_OF_VERDICT[document["access"]["verdict"]])
        return document

    def test_envelope(self):
        document = self.probe()
        self.assertEqual(document["host"]["kernel"], platform.release())
        self.assertEqual(document["host"]["machine"], platform.machine())
        self.assertEqual(document["command"][1:], ["probe", "--json"])

    def test_every_constant_has_its_row(self):
        document = self.probe()
        catalogue = json.loads(run("probe", "--list", "--json").stdout)
        for key in PREFIX:
            rows, at_least = document[key], len(catalogue[key])
            self.assertGreater(at_least, 0)
            self.assertGreaterEqual(len(rows), at_least, key)
            self.assertEqual([row["number"] for row in rows], list(range(len(rows))), key)
            for row in rows[:at_least]:
                self.assertTrue(row["name"].startswith(PREFIX[key]), row)
            for row in rows[at_least:]:
                self.assertEqual((row["name"], row["since"]), (None, "?"))
            if key.endswith("flags") or key == "features":
                self.assertEqual([row["value"] for row in rows], [1 << row["number"] for row in rows])

    def test_answers_fit_together(self):
        document = self.probe()
        for row in (row for key in (*PREFIX, "cqe_flags", "op_flags") for row in document[key]):
            answers = row["known"], row["permitted"], row["works"]
            with self.subTest(row["name"], answers=answers):
                if row["works"] == "yes":
                    self.assertEqual(answers, ("yes", "yes", "yes"))
                if row["known"] == "no":
                    self.assertEqual(row["works"], "no")
                self.assertTrue(row["evidence"])

    def test_the_ways_of_finding_out_agree(self):
        self.assertEqual(self.probe()["contradictions"], [])

    def test_what_every_kernel_has(self):
        document = self.probe()
        if document["access"]["verdict"] != "usable":
            self.skipTest(f"io_uring: {document['access']['why']}")
        for key, number in ("ops", 0), ("ops", 1), ("register_ops", 0), ("enter_flags", 0), \
                ("sqe_flags", 0):
            self.assertEqual(document[key][number]["known"], "yes", (key, number))
        self.assertEqual(document["ops"][0]["works"], "yes")

    def test_text_says_the_same(self):
        document = self.probe()
        text = run("probe").stdout
        self.assertRegex(text, rf"(?m)^  verdict +{document['access']['verdict']}$")
        self.assertNotIn("\033", text)
        for key in PREFIX:
            known = sum(row["known"] == "yes" for row in document[key])
            self.assertIn(f"{PREFIX[key]}*: {known} known of {len(document[key])}\n", text)
            for row in document[key]:
                if not row["name"]:
                    continue
                line = re.search(rf"(?m)^ +{row['number']}  {row['name'][len(PREFIX[key]):]} .*",
                                 text)
                self.assertIsNotNone(line, row)
                self.assertEqual(line[0].split()[2:6],
                                 [row["since"], row["known"], row["permitted"], row["works"]])
                self.assertGreater(len(line[0].split()), 6, "says nothing about it")

    def test_nothing_is_left_behind(self):
        run("probe", cwd=self.folder)
        self.assertEqual(list(self.folder.iterdir()), [])


main()
