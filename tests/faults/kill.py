# SPDX-License-Identifier: MIT
"""SIGKILL while a result is saved: at random moments, and before each of the program's system calls. The file is
always the old or the new document. Only replacing an old one may leave another file, at most one, which the next
save removes."""
import json
import os
import random
import subprocess
import time
import unittest

from bounded import INJECT, Faults, Run
from cli import EXIT_OK, URINGTOOL, main, run, skip

KILLS = 200
BESIDE = ".result.json.uringtool"

if run("layout").returncode != EXIT_OK:
    skip("no ring can be made here")


class Kill(Faults):
    def setUp(self):
        super().setUp()
        self.result = self.folder / "result.json"
        self.beside = self.folder / BESIDE
        self.kills = self.new = self.left = 0

    def command(self, number):
        """Documents that differ in length too."""
        return ["layout", "--json", f"--entries={2 << number % 8}", "-o", self.result]

    def saved(self):
        """The sq_entries of the saved document. The file is complete, and the only other one may be a link to a
        complete one."""
        text = self.result.read_text("utf-8") if self.result.exists() else None
        self.assertLessEqual(set(self.names()), {"result.json", BESIDE})
        if self.beside.exists():
            self.left += 1
            self.document(self.beside.read_text("utf-8"), "layout")
        return self.document(text, "layout")["params"]["sq_entries"] if text is not None else None

    def killed(self, number, before):
        """After run number was killed, the document is the previous one or the new one."""
        now = self.saved()
        self.assertIn(now, (before, 2 << number % 8))
        self.kills += 1
        self.new += now != before
        return now

    def finish(self, fresh):
        """Leftovers of a kill are removed by the next save."""
        run_ = Run(*self.command(0))
        self.assertEqual(run_.done(), EXIT_OK, run_.said)
        self.assertEqual((self.saved(), self.names()), (2, ["result.json"]))
        print(f"tried: {self.kills} kills while {'a new file is made' if fresh else 'an old file is replaced'}: "
              f"{self.kills - self.new} times the old document, {self.new} times the new one, "
              f"{self.left} times a whole one beside it", flush=True)

    def test_at_random_moments(self):
        dice = random.Random(3)
        begin = time.monotonic()
        for number in range(5):
            Run(*self.command(number)).done()
        lasts = (time.monotonic() - begin) / 5
        before = self.saved()
        for number in range(KILLS):
            child = subprocess.Popen([URINGTOOL, *self.command(number + 1)], stdout=subprocess.DEVNULL)
            time.sleep(dice.uniform(0, 1.1 * lasts))
            child.kill()
            child.wait(30)
            before = self.killed(number + 1, before)
        self.finish(False)

    def at_each_call(self, fresh):
        number = 0
        Run(*self.command(0)).done()
        for n in range(1, 1000):
            number += 1
            if fresh:
                self.result.unlink(missing_ok=True)
                self.beside.unlink(missing_ok=True)
            before = None if fresh else self.saved()
            traced = Run(*self.command(number), under=[INJECT, "/dev/null", "all", "kill", str(n)])
            code = traced.done()
            if code == EXIT_OK:
                break
            self.assertEqual(code, 137, traced.said)
            self.killed(number, before)
        self.assertGreater(n, 20)
        self.assertGreater(self.new, 0)
        self.assertLess(self.new, self.kills)
        self.assertEqual(self.left > 0, not fresh)
        self.finish(fresh)

    @unittest.skipUnless(os.uname().machine == "x86_64", "injects on x86-64")
    def test_at_each_call_of_a_new_file(self):
        self.at_each_call(True)

    @unittest.skipUnless(os.uname().machine == "x86_64", "injects on x86-64")
    def test_at_each_call_of_an_old_file(self):
        self.at_each_call(False)


main()
