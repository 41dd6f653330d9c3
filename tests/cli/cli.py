# SPDX-License-Identifier: MIT
"""The program under test, and common code of its tests."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

URINGTOOL = os.environ["URINGTOOL"]
# The directories of losetup, which are not in the PATH of an ordinary user.
os.environ["PATH"] += ":/usr/sbin:/sbin"
SCHEMAS = pathlib.Path(os.environ["SCHEMAS"]).resolve()

EXIT_OK, EXIT_UNMET, EXIT_USAGE, EXIT_UNDECIDED, EXIT_RUNTIME, EXIT_REFUSED, EXIT_UNAVAILABLE = 0, 1, 2, 3, 4, 5, 77
EXIT_OF_VERDICT = {"usable": EXIT_OK, "undecided": EXIT_UNDECIDED, "refused": EXIT_UNAVAILABLE,
                   "absent": EXIT_UNAVAILABLE}


def skip(reason):
    print(reason)
    sys.exit(77)


try:
    import validation
except ImportError:
    skip("no python3-jsonschema on this machine")


def run(*args, under=(), env=None, stdout=subprocess.PIPE, cwd=None, stdin=None):
    """Runs the program; if it fails, the reason must be on stderr."""
    done = subprocess.run([*under, URINGTOOL, *args], stdout=stdout, stderr=subprocess.PIPE,
                          **({"input": stdin} if stdin else {"stdin": subprocess.DEVNULL}), env=dict(os.environ, **(env or {})),
                          cwd=cwd, encoding="utf-8", timeout=120, check=False)
    if done.returncode > 0 and not under:
        assert done.stderr.startswith(("uringtool", "usage: uringtool")), f"{args} ended with {done.returncode} and said: {done.stderr!r}"
    return done


def for_all_users(case, mode=0o755):
    """A temporary folder outside of all home directories, with a copy of the program that all users can run."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="uringtool-test-", dir="/tmp"))
    case.addCleanup(shutil.rmtree, folder)
    folder.chmod(mode)
    program = pathlib.Path(shutil.copy(URINGTOOL, folder))
    program.chmod(0o755)
    return folder, program


def schema(kind):
    return json.loads((SCHEMAS / f"{kind}.schema.json").read_text("utf-8"))


def validator(kind):
    return validation.validator(SCHEMAS / f"{kind}.schema.json")


def commands():
    """The subcommands listed by --help."""
    lines = run("--help").stdout.split("commands:\n")[1].split("\n\n")[0].splitlines()
    return [line.split()[0] for line in lines]


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def refuses(self, code, *args, **more):
        """The program exits with this code, nothing on stdout, and one line on stderr, which is returned."""
        done = run(*args, **more)
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        self.assertRegex(done.stderr, r"\Auringtool[^\n]*: [^\n]+\n\Z")
        return done.stderr

    def says_why(self, done):
        """One line on stderr if the program failed, and none if it did not."""
        self.assertRegex(done.stderr, r"\Auringtool[^\n]*: [^\n]+\n\Z" if done.returncode else r"\A\Z")

    def document(self, text, kind):
        document = json.loads(text)
        validator(kind).validate(document)
        self.assertEqual(document["kind"], kind)
        return document


def main():
    unittest.main(verbosity=2, argv=sys.argv[:1])
