# SPDX-License-Identifier: MIT
"""install BUILD: meson install puts all files where distributions expect them."""
import json
import os
import pathlib
import subprocess
import sys

from cli import Case, SCHEMAS, commands, main

BUILD = sys.argv[1]
PLANS = pathlib.Path(os.environ["PLANS"])
PROFILES = pathlib.Path(os.environ["PROFILES"])


class Install(Case):
    def install(self):
        subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir",
                        str(self.folder)], stdout=subprocess.DEVNULL, check=True)

    def test_everything_and_nothing_else(self):
        self.install()
        files = {path for path in self.folder.rglob("*") if path.is_file()}
        prefix = next(path for path in files if path.name == "uringtool" and path.parent.name == "bin")
        prefix = prefix.parent.parent
        found = {str(path.relative_to(prefix)) for path in files}
        expected = {
            "bin/uringtool",
            "share/bash-completion/completions/uringtool",
            "share/zsh/site-functions/_uringtool",
            "share/fish/vendor_completions.d/uringtool.fish",
            *(f"share/doc/uringtool/{name}" for name in ("CONTRIBUTING.md", "LICENSE", "NEWS", "README.md",
                                                     "SECURITY.md")),
            *(f"share/uringtool/schema/{path.name}" for path in SCHEMAS.glob("*.json")),
            *(f"share/uringtool/plans/{path.name}" for path in PLANS.glob("*.json")),
            *(f"share/uringtool/profiles/{path.name}" for path in PROFILES.glob("*.json")),
        }
        if any(name.startswith("share/man/") for name in found):
            expected |= {"share/man/man1/uringtool.1", "share/man/man5/uringtool-json.5",
                         "share/man/man5/uringtool-plan.5",
                         *(f"share/man/man1/uringtool-{name}.1" for name in commands())}
        self.assertEqual(found, expected)
        for path in files:
            self.assertGreater(path.stat().st_size, 0, path)
            self.assertEqual(bool(path.stat().st_mode & 0o111), path.parent.name == "bin", path)

    def test_the_installed_schemas_are_whole(self):
        """Validates a document in the way described in uringtool-json(5)."""
        self.install()
        folder = next(self.folder.rglob("share/uringtool/schema"))
        command = [sys.executable, "-W", "ignore", "-m", "jsonschema", "--base-uri", f"{folder.as_uri()}/",
                   folder / "plan.schema.json", "-i"]
        plan = json.loads((PLANS / "quick.json").read_text("utf-8"))
        for value, code in (plan["benchmarks"][0]["job"]["iodepth"], 0), (-1, 1):
            plan["benchmarks"][0]["job"]["iodepth"] = value
            (self.folder / "plan.json").write_text(json.dumps(plan), "utf-8")
            done = subprocess.run([*command, self.folder / "plan.json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  encoding="utf-8", check=False)
            self.assertEqual(done.returncode, code, done.stderr)

    def test_the_installed_program_runs(self):
        self.install()
        program = next(self.folder.rglob("bin/uringtool"))
        subprocess.run([str(program), "--version"], stdout=subprocess.DEVNULL, check=True)


main()
