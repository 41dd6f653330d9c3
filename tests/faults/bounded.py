# SPDX-License-Identifier: MIT
"""Runs of the program with a time limit and a check for leftovers."""
import os
import pathlib
import signal
import subprocess
import time

from cli import Case, URINGTOOL

INJECT = os.environ["INJECT"]
LIMIT_S = 60


def session_of(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    state, _, _, session = text.rsplit(")", 1)[1].split()[:4]
    return None if state in "ZX" else int(session)


def left_of(session):
    """The processes of a session."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [pid for pid in pids if session_of(pid) == session]


def loops_on(folder):
    """The loop devices over files in the folder."""
    files = [path.read_text("utf-8").strip() for path in pathlib.Path("/sys/block").glob("loop*/loop/backing_file")]
    return [file for file in files if file.startswith(f"{folder}/")]


class Run(subprocess.Popen):
    """A run in a session of its own, so that processes that it leaves behind are found."""

    def __init__(self, *args, under=(), program=URINGTOOL, **more):
        more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL,
                "encoding": "utf-8", **more}
        # The leak checker traces the program too, and there can be only one tracer.
        if INJECT in under:
            more["env"] = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        super().__init__([*under, program, *args], start_new_session=True, **more)
        self.out = self.said = None

    def done(self, limit=LIMIT_S):
        """Returns the exit code. A hang is an error; the run is then killed."""
        try:
            self.out, self.said = self.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self.communicate()
            raise AssertionError(f"not done after {limit} s: {self.args}") from None
        for _ in range(20):
            if not left_of(self.pid):
                return self.returncode
            time.sleep(0.1)
        raise AssertionError(f"left running: {left_of(self.pid)}")


class Faults(Case):
    def setUp(self):
        super().setUp()
        self.addCleanup(lambda: self.assertEqual(loops_on(self.folder), []))

    def names(self, folder=None):
        return sorted(path.name for path in (folder or self.folder).iterdir())

    def bench(self, *args, code, says=(), limit=LIMIT_S, fails=True, **more):
        """The document of a run with this exit code; says: texts expected in its reasons."""
        run = Run("bench", *args, "--json", cwd=self.folder, **more)
        self.assertEqual(run.done(limit), code, (run.said, run.out[-2000:]))
        document = self.document(run.out, "bench")
        for words in says:
            self.assertIn(words, " ".join(document["reasons"]))
        if fails:
            self.assertFalse(document["valid"])
        return document
