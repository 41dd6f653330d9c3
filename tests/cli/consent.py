# SPDX-License-Identifier: MIT
"""Which other data a write would change, and the refusal, with loop devices created here."""
import os
import shutil
import stat
import subprocess

from cli import Case, EXIT_OK, EXIT_RUNTIME, EXIT_UNDECIDED, main, run

EXIT_REFUSED = 5
SIZE = 1 << 20


class Consent(Case):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "file"
        self.content = os.urandom(SIZE)
        self.file.write_bytes(self.content)

    def loop(self, over):
        made = subprocess.run(["losetup", "--find", "--show", over], check=False, encoding="utf-8",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if made.returncode:
            self.skipTest(f"no loop device: {made.stderr.strip()}")
        device = made.stdout.strip()
        self.addCleanup(subprocess.run, ["losetup", "--detach", device], check=True)
        return device

    def write(self, target, *consent):
        return run("bench", target, "--rw=randwrite", "--runtime=50ms", "--overwrite-signature", *consent)

    def written(self, target, *consent):
        done = self.write(target, *consent)
        self.assertIn(done.returncode, (EXIT_OK, EXIT_UNDECIDED), done.stderr)

    def refused(self, *words, target, consent):
        done = self.write(target, *consent)
        self.assertEqual(done.returncode, EXIT_REFUSED, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(self.file.read_bytes(), self.content)

    def while_held(self, held, *words, target, consent):
        """The device is held, as by a mount."""
        fd = os.open(held, os.O_RDONLY | os.O_EXCL)
        try:
            self.refused(*words, target=target, consent=consent)
        finally:
            os.close(fd)

    def test_a_path_is_the_name_of_what_has_no_other(self):
        one, two = self.loop(self.file), self.loop(self.file)
        self.refused(f"--destroy-data-on={one}", target=one, consent=[])
        for wrong in two, str(self.file), f"{one}x", "":
            self.refused(f"--destroy-data-on={one}", target=one, consent=[f"--destroy-data-on={wrong}"])
        link = self.folder / "link"
        link.symlink_to(one)
        self.written(link, f"--destroy-data-on={one}")
        self.assertNotEqual(self.file.read_bytes(), self.content)

    def test_loops_over_one_file(self):
        one, two = self.loop(self.file), self.loop(self.file)
        consent = [f"--destroy-data-on={one}"]
        self.while_held(two, one, two, "in use", target=one, consent=consent)
        self.while_held(two, str(self.file), two, "in use", target=self.file, consent=["--overwrite"])
        self.written(one, *consent)

    def test_a_loop_over_a_loop(self):
        lower = self.loop(self.file)
        upper = self.loop(lower)
        top = self.loop(upper)
        for target in lower, upper, top:
            for held in lower, upper, top:
                with self.subTest(target=target, held=held):
                    self.while_held(held, target, held, "in use", target=target,
                                    consent=[f"--destroy-data-on={target}"])
        self.while_held(top, top, "in use", target=self.file, consent=["--overwrite"])
        self.written(upper, f"--destroy-data-on={upper}")

    def test_what_shares_nothing_is_no_hindrance(self):
        other = self.folder / "other"
        other.write_bytes(self.content)
        one, two = self.loop(self.file), self.loop(other)
        fd = os.open(two, os.O_RDONLY | os.O_EXCL)
        self.addCleanup(os.close, fd)
        self.written(one, f"--destroy-data-on={one}")
        self.written(self.file, "--overwrite")

    def test_a_node_that_was_made_elsewhere(self):
        """A device is identified by its number, not by the name of its node."""
        one, two = self.loop(self.file), self.loop(self.file)
        node = self.folder / os.path.basename(two)
        os.mknod(node, stat.S_IFBLK | 0o600, os.stat(one).st_rdev)
        try:
            os.close(os.open(node, os.O_RDONLY))
        except PermissionError:
            self.skipTest("no devices in this file system")
        self.refused(f"--destroy-data-on={one}", target=node, consent=[f"--destroy-data-on={two}"])
        self.written(node, f"--destroy-data-on={node}")
        self.written(node, f"--destroy-data-on={one}")

    def test_a_device_that_is_not_there(self):
        for path in "/dev/nodrive0", "/dev/disk/by-id/nodrive0":
            done = self.write(path, "--destroy-data-on=x")
            self.assertIn(path, done.stderr)
            if done.returncode == EXIT_REFUSED:
                self.assertIn(f"{path} does not exist: no file is created under /dev", done.stderr)
            else:
                self.assertIn("No such file", done.stderr)
            self.assertFalse(os.path.exists(path))

    def test_whom_a_mode_lets_in(self):
        setpriv = shutil.which("setpriv")
        nobody = [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"]
        if os.getuid() or not setpriv or subprocess.run([*nobody, "true"], check=False).returncode:
            self.skipTest("cannot become nobody here")
        os.chmod(self.folder, 0o755)
        os.chmod(self.file, 0o640)
        for args in ("bench", self.file), ("bench", self.file, "--rw=randwrite", "--overwrite"), \
                ("probe", f"--target={self.file}"):
            done = run(*args, under=nobody)
            self.assertEqual(done.returncode, EXIT_RUNTIME, done.stderr)
            group = "the user root and no group" if "--overwrite" in args else "the group root"
            self.assertIn(f"{self.file}: Permission denied: it belongs to root:root with mode 0640: open to {group}, "
                          "or with CAP_DAC_OVERRIDE", done.stderr)


main()
