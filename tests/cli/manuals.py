# SPDX-License-Identifier: MIT
"""manuals PAGE...: the built manual pages are valid and document every option."""
import pathlib
import re
import shutil
import subprocess
import sys

from cli import SCHEMAS, Case, commands, main, run, schema, skip

PAGES = {path.name: path for path in map(pathlib.Path, sys.argv[1:])}
CHECKERS = [checker for checker in (["mandoc", "-T", "lint", "-W", "error"],
                                    ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"])
            if shutil.which(checker[0])]
if not PAGES:
    skip("no scdoc when this was configured: no manuals")
if not CHECKERS:
    skip("neither mandoc nor man on this machine")


# Members of the kernel's struct, which the manual mentions as such.
ELSEWHERE = {"params", "sq_off", "cq_off"}


def keys(node):
    """The keys described by a schema."""
    if isinstance(node, dict):
        described = node.get("properties")
        if isinstance(described, dict):
            for key, value in described.items():
                yield key
                if key not in ELSEWHERE:
                    yield from keys(value)
        for key, value in node.items():
            if key != "properties" and key not in ELSEWHERE:
                yield from keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from keys(value)


class Manuals(Case):
    def test_one_for_the_program_its_json_and_every_command(self):
        self.assertEqual(sorted(PAGES), sorted(["uringtool.1", "uringtool-json.5", "uringtool-plan.5",
                                                *(f"uringtool-{name}.1" for name in commands())]))

    def test_the_program_s_lists_every_command(self):
        page = PAGES["uringtool.1"].read_text("utf-8").replace("\\", "")
        for line in run("--help").stdout.split("commands:\n")[1].split("\n\n")[0].splitlines():
            name, summary = line.split(maxsplit=1)
            self.assertIn(f"fBuringtool-{name}fR(1)", page)
            self.assertIn(f"{summary[0].upper()}{summary[1:]}.", page)

    def test_no_complaints(self):
        for checker in CHECKERS:
            for path in PAGES.values():
                done = subprocess.run([*checker, str(path)], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, encoding="utf-8", check=False)
                said = done.stderr + (done.stdout if checker[0] == "mandoc" else "")
                self.assertEqual((done.returncode, said), (0, ""), (checker, path))

    def test_sections(self):
        for name, path in PAGES.items():
            text = path.read_text("utf-8")
            wanted = ["NAME", "DESCRIPTION", "SEE ALSO"]
            if name.endswith(".1"):
                wanted += ["SYNOPSIS", "OPTIONS", "EXIT STATUS", "EXAMPLES"]
            for section in wanted:
                self.assertRegex(text, rf'(?m)^\.SH "?{section}"?$', (name, section))
            self.assertNotRegex(text, "@[A-Z]+@", name)

    def test_every_option(self):
        for command in commands():
            page = PAGES[f"uringtool-{command}.1"].read_text("utf-8").replace("\\", "")
            for option in set(re.findall(r"(?m)^  (?:-\w, )?(--[a-z0-9-]+)",
                                         run(command, "--help").stdout)):
                self.assertIn(f"fB{option}fR", page, command)

    def test_every_key(self):
        page = PAGES["uringtool-json.5"].read_text("utf-8").replace("\\", "")
        for kind in (path.name.split(".")[0] for path in SCHEMAS.glob("*.json")):
            for key in keys(schema(kind)):
                self.assertIn(f"fB{key}fR", page, kind)


main()
