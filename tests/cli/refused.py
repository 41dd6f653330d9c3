# SPDX-License-Identifier: MIT
"""uringtool probe under a seccomp filter that refuses io_uring: it names the cause, and survives."""
import os
import pathlib
import resource
import subprocess
import sys

from cli import Case, EXIT_OF_VERDICT, EXIT_OK, main, run, skip

UNDER_SECCOMP = os.environ["UNDER_SECCOMP"]
SYSCTL = pathlib.Path("/proc/sys/kernel/io_uring_disabled")

if subprocess.run([UNDER_SECCOMP, "eperm", sys.executable, "-c", ""], check=False).returncode == 125:
    skip("no seccomp filter can be set here")
if run("probe").returncode != EXIT_OK:
    skip("io_uring is refused here already, by something else")


class Refused(Case):
    def probe(self, way):
        under = [UNDER_SECCOMP, way]
        done = run("probe", "--json", under=under)
        self.says_why(done)
        document = self.document(done.stdout, "probe")
        access = document["access"]
        self.assertEqual(done.returncode, EXIT_OF_VERDICT[access["verdict"]])
        text = run("probe", under=under)
        self.assertEqual(text.returncode, done.returncode)
        self.says_why(text)
        self.assertIn(access["why"], text.stdout)
        self.assertEqual(access["seccomp"], 2)
        if access["verdict"] == "refused":
            self.assertTrue(access["fix"])
            for key in "ops", "setup_flags", "features", "register_ops", "enter_flags", "sqe_flags":
                for row in document[key]:
                    self.assertEqual((row["permitted"], row["works"]), ("no", "no"), row)
                    self.assertTrue(row["evidence"], row)
        return access

    def test_eperm(self):
        access = self.probe("eperm")
        self.assertEqual((access["verdict"], access["cause"]), ("refused", "seccomp"))
        self.assertEqual(set(access["calls"].values()), {"EPERM"})

    def test_enosys(self):
        access = self.probe("enosys")
        expected = ("refused", "seccomp") if SYSCTL.exists() else ("undecided", "unknown")
        self.assertEqual((access["verdict"], access["cause"]), expected)
        self.assertEqual(set(access["calls"].values()), {"ENOSYS"})

    def test_kill(self):
        access = self.probe("kill")
        self.assertEqual((access["verdict"], access["cause"]), ("refused", "seccomp-kill"))
        self.assertEqual(set(access["calls"].values()), {"killed by signal 31"})

    def test_a_kill_leaves_no_core_file(self):
        resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
        self.assertEqual(subprocess.run(["sh", "-c", "kill -SYS $$"], cwd=self.folder, check=False).returncode, -31)
        if not list(self.folder.iterdir()):
            self.skipTest("a killed process leaves no core file in its folder here")
        for path in self.folder.iterdir():
            path.unlink()
        # Otherwise AddressSanitizer lowers the limit.
        options = f"{os.environ.get('ASAN_OPTIONS', '')}:disable_coredump=0"
        run("probe", under=[UNDER_SECCOMP, "kill"], cwd=self.folder, env={"ASAN_OPTIONS": options})
        self.assertEqual(list(self.folder.iterdir()), [])


main()
