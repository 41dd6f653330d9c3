# SPDX-License-Identifier: MIT
"""Reads of uninitialised memory, which the sanitizers of this build do not detect: unit tests and commands under
valgrind, as far as it supports the system calls."""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from cli import URINGTOOL, main, run, skip

UNITS = pathlib.Path(os.environ["UNITS"])
REPLAYS = pathlib.Path(os.environ["REPLAYS"])
FOUND = 66
UNDER = ["valgrind", "-q", f"--error-exitcode={FOUND}", "--leak-check=full", "--errors-for-leak-kinds=definite"]
# Statistical tests, which take a hundred times as long.
SLOW = {"unit-bench-comparison", "unit-bench-curve", "unit-bench-stats", "unit-bench-steady", "unit-bench-sweep",
        "unit-bench-verdict", "unit-bench-fleet"}

if not shutil.which("valgrind"):
    skip("no valgrind on this machine")


class Valgrind(unittest.TestCase):
    def clean(self, commands, codes):
        def one(command):
            with tempfile.TemporaryDirectory() as folder:
                pathlib.Path(folder, "file").write_bytes(bytes(1 << 18))
                # valgrind does not understand all debug information of clang.
                program = pathlib.Path(folder, "program")
                subprocess.run(["strip", "--strip-debug", "-o", program, command[0]], check=True)
                return subprocess.run([*UNDER, program, *command[1:]], cwd=folder, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, encoding="utf-8", errors="replace", timeout=300,
                                      check=False)

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for command, done in zip(commands, pool.map(one, commands)):
                self.assertIn(done.returncode, codes, f"{command}: {done.stderr[-3000:]}")
                self.assertTrue(done.stdout or done.stderr, command)
        print(f"tried: {len(commands)} programs under valgrind", flush=True)

    def test_unit_tests(self):
        units = sorted(path for path in UNITS.glob("unit-*") if path.is_file() and path.name not in SLOW)
        self.assertGreater(len(units), 20)
        self.clean([[unit] for unit in units], {0})

    def test_commands(self):
        recordings = [["probe", "--json", f"--replay={path}"] for path in sorted(REPLAYS.glob("*.json"))]
        commands = [["--help"], ["layout", "--json"], ["layout", "--walk", "--scene=all"], ["layout", "--svg=x.svg"],
                    ["dump", "--json"], ["probe", "--list"], ["probe", "--for=fio", f"--replay={REPLAYS / '7.x.json'}"],
                    *recordings]
        if run("layout").returncode == 0:
            commands += [["bench", "--rw=nop", "--runtime=200ms", "--json", "-o", "x.json"],
                         ["bench", "file", "--buffered", "--runtime=200ms", "--interval=50ms", "--fixedbufs"],
                         ["bench", "--buffered", "--size=256k", "--rw=randrw", "--runtime=200ms", "--numjobs=2"]]
        self.clean([[URINGTOOL, *command] for command in commands], {0, 3, 77})


main()
