# SPDX-License-Identifier: MIT
"""Markdown as parsed by GitHub's own renderer."""
import subprocess
import xml.etree.ElementTree as ET

from cli import EXIT_OK, main, run
from results import EXAMPLE, Results, bench, tamed, tool

CMARK = tool("cmark-gfm", "cmark-gfm")
NS = "{http://commonmark.org/xml/1.0}"
# Elements of a table of plain text: no links, images, code or HTML.
ALLOWED = {"document", "heading", "paragraph", "text", "table", "table_header", "table_row", "table_cell", "strong", "softbreak"}


class Markdown(Results):
    def read(self, text):
        done = subprocess.run([CMARK, "-t", "xml", "-e", "table", "-e", "autolink", "-e", "strikethrough"], input=text,
                              stdout=subprocess.PIPE, encoding="utf-8", check=True)
        root = ET.fromstring(done.stdout)
        self.assertLessEqual({node.tag.removeprefix(NS) for node in root.iter()}, ALLOWED)
        return root

    def tables(self, root):
        """Tables as rows of texts."""
        return [[["".join(t.text or "" for t in cell.iter(NS + "text")) for cell in row] for row in table]
                for table in root.iter(NS + "table")]

    def test_a_row_for_each_check(self):
        devices, checks, benches = self.tables(self.read(self.rendered(EXAMPLE, "markdown")))
        self.assertEqual([row[0] for row in devices[1:]], [d["path"] for d in EXAMPLE["devices"]])
        self.assertEqual(len(benches), 1 + len(EXAMPLE["results"]))
        for row, check in zip(checks[1:], EXAMPLE["checks"], strict=True):
            self.assertTrue(row[0].startswith(check["verdict"]))
            self.assertIn(check["title"], row[1])
            self.assertEqual(row[4], check["why"] or "-")

    def test_other_kinds(self):
        for command in ["probe"], ["layout", "--as-of=6.1"]:
            path = str(self.folder / "other.json")
            if run(*command, "-o", path).returncode != EXIT_OK:
                continue
            done = run("report", path, "--format=markdown")
            self.assertEqual((done.returncode, done.stderr), (EXIT_OK, ""))
            self.assertTrue(self.tables(self.read(done.stdout)))
        self.assertEqual(len(self.tables(self.read(self.rendered(bench(), "markdown", EXIT_OK)))), 2)

    def test_attacks(self):
        def check(document, text):
            tables = self.tables(self.read(text))
            self.assertEqual([len(table) - 1 for table in tables],
                             [len(document[key]) for key in ("devices", "checks", "results")])
            for row, check in zip(tables[1][1:], document["checks"], strict=True):
                self.assertEqual("".join(row[4].split()), "".join(tamed(check["why"] or "-").split()))

        self.attack("markdown", check)

    def test_fleet(self):
        checks, results, *_ = self.tables(self.read(self.fleet("markdown")))
        self.assertEqual([row[1] for row in checks[1:3]], ["a result of host cut", "a result of host gone"])
        self.assertEqual([row[0] for row in results[1:]], ["bad", "good", "odd"])


main()
