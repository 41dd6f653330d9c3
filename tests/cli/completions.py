# SPDX-License-Identifier: MIT
"""completions bash|zsh|fish: the generated script is valid for the shell, and completes."""
import os
import pty
import select
import shutil
import subprocess
import sys
import time

from cli import Case, commands, main, run, skip

SHELL = sys.argv[1]
BASH = """. "$1"
COMP_WORDS=(uringtool "${@:2}")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_uringtool
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = "fpath=($PWD $fpath); autoload -U compinit; compinit -u -D"
PATIENCE_S = 20

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

    def typed(self, setup, line, expected):
        """Types a line into an interactive shell until it shows the expected text."""
        parent, child = pty.openpty()
        options = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}[SHELL]
        shell = subprocess.Popen([SHELL, *options], stdin=child, stdout=child, stderr=child,
                                 cwd=self.folder, env=dict(os.environ, TERM="dumb", PS1="> "),
                                 start_new_session=True)
        os.close(child)
        os.write(parent, f"{setup}; echo re''ady\n".encode())
        shown, until, sent = "", time.monotonic() + PATIENCE_S, False
        while expected not in shown and time.monotonic() < until:
            if select.select([parent], [], [], 0.2)[0]:
                shown += os.read(parent, 65536).decode(errors="replace")
            if "ready" in shown and not sent:
                shown, sent = "", os.write(parent, line.encode())
        shell.kill()
        shell.wait()
        os.close(parent)
        self.assertIn(expected, shown)

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


    def test_at_a_prompt(self):
        self.typed(". ./_uringtool", "uringtool pro\t--js\t", "uringtool probe --json")


class Zsh(Completions):
    def test_at_a_prompt(self):
        self.typed(ZSH, "uringtool pro\t", "uringtool probe")
        self.typed(ZSH, "uringtool probe --js\t", "uringtool probe --json")
        self.typed(ZSH, "uringtool probe --color=al\t", "--color=always")


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
