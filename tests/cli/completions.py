# SPDX-License-Identifier: MIT
"""completions bash|zsh|fish: the generated script is one of that shell, and completes."""
import shutil
import subprocess
import sys

from cli import Case, commands, main, run, skip

SHELL = sys.argv[1]
BASH = """. "$1"
COMP_WORDS=(uringtool "${@:2}")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_uringtool
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """fpath=($1 $fpath)
autoload -U compinit
compinit -u -D
print -r -- $_comps[uringtool]
autoload -U +X _uringtool && print -r -- $functions[_uringtool]
"""

if not shutil.which(SHELL):
    skip(f"no {SHELL} on this machine")


class Completions(Case):
    def setUp(self):
        super().setUp()
        self.script = self.folder / "_uringtool"
        done = run("--generate", SHELL)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.script.write_text(done.stdout, encoding="utf-8")

    def shell(self, *args):
        done = subprocess.run([SHELL, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              cwd=self.folder, encoding="utf-8", check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def test_syntax(self):
        self.assertEqual(self.shell("-n", str(self.script)), [])

    def test_names_every_command_and_option(self):
        text = self.script.read_text("utf-8")
        for command in commands():
            self.assertIn(command, text)
            for word in run(command, "--help").stdout.split():
                if word.startswith("--"):
                    self.assertIn(word.split("=")[0].split("[")[0].strip(",.:;)")[2:], text)


class Bash(Completions):
    def completed(self, *words):
        return [line.strip() for line in self.shell("-c", BASH, "bash", str(self.script), *words)
                if line.strip()]

    def test_commands(self):
        self.assertEqual(self.completed(""), [*commands(), "--help", "--version"])
        self.assertEqual(self.completed("pro"), ["probe"])

    def test_options(self):
        self.assertEqual(self.completed("probe", "--js"), ["--json"])
        self.assertEqual(self.completed("probe", "--rec"), ["--record="])
        self.assertIn("--color=", self.completed("probe", "-"))

    def test_values(self):
        self.assertEqual(self.completed("probe", "--color", ""), ["auto", "always", "never"])
        self.assertEqual(self.completed("probe", "--color", "="), ["auto", "always", "never"])
        self.assertEqual(self.completed("probe", "--color", "=", "al"), ["always"])

    def test_files_are_left_to_the_shell(self):
        self.assertEqual(self.completed("probe", "-o", ""), [])


class Zsh(Completions):
    def test_is_found_by_its_first_line(self):
        name, *body = self.shell("-f", "-c", ZSH, "zsh", str(self.folder))
        self.assertEqual(name, "_uringtool")
        self.assertIn("_arguments", "".join(body))


class Fish(Completions):
    def completed(self, line):
        script = f'source "{self.script}"; complete -C "{line}"'
        return [found.split("\t")[0] for found in self.shell("--no-config", "-c", script)]

    def test_commands(self):
        self.assertEqual(sorted(self.completed("uringtool ")), sorted(commands()))
        self.assertEqual(self.completed("uringtool pro"), ["probe"])

    def test_options(self):
        self.assertEqual(self.completed("uringtool probe --js"), ["--json"])
        self.assertEqual(sorted(self.completed("uringtool probe --color ")),
                         ["always", "auto", "never"])


for other in {"bash", "zsh", "fish"} - {SHELL}:
    del globals()[other.capitalize()]
del Completions
main()
