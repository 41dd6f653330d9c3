# SPDX-License-Identifier: MIT
"""Where results go: stdout, -o FILE, colour, and errors of writing."""
import json
import os
import pty
import resource
import subprocess

from cli import Case, EXIT_RUNTIME, URINGTOOL, main, run

ANSWERS = {0, 3, 77}


class Output(Case):
    def test_file_and_stdout_hold_the_same_document(self):
        path = self.folder / "probe.json"
        done = run("probe", "--json", "-o", str(path))
        self.assertIn(done.returncode, ANSWERS)
        self.assertEqual(done.stderr, "")
        self.assertEqual(path.read_text("utf-8"), done.stdout)
        self.document(done.stdout, "probe")
        self.assertEqual(os.listdir(self.folder), ["probe.json"])

    def test_text_on_stdout_json_in_the_file(self):
        path = self.folder / "probe.json"
        done = run("probe", f"--output={path}")
        self.assertIn("Opcodes IORING_OP_*", done.stdout)
        self.document(path.read_text("utf-8"), "probe")

    def test_an_old_file_is_replaced_whole(self):
        path = self.folder / "probe.json"
        path.write_text("x" * 1000000)
        path.chmod(0o640)
        before = path.stat()
        run("probe", "-o", str(path), "--replace-output")
        self.document(path.read_text("utf-8"), "probe")
        self.assertEqual(path.stat().st_mode, before.st_mode)
        self.assertNotEqual(path.stat().st_ino, before.st_ino)

    def test_a_name_that_is_no_utf8(self):
        path = os.fsencode(self.folder) + b"/\xff.json"
        done = run("probe", "--json", "-o", path)
        self.assertEqual(self.document(done.stdout, "probe")["command"][-1][-6:], "\ufffd.json")
        self.assertTrue(os.path.exists(path))

    def test_files_that_cannot_be_written(self):
        """Errors that can be known before the run are reported before anything runs."""
        for path, says in ("/dev/full", "No space left on device"), \
                (f"{self.folder}/none/x.json", "No such file or directory"), \
                (str(self.folder), "Is a directory"):
            for option in "-o", "--record":
                with self.subTest(path, option=option):
                    done = run("probe", "--json", option, path)
                    self.assertEqual(done.returncode, EXIT_RUNTIME)
                    self.assertEqual(done.stderr, f"uringtool probe: {path}: {says}\n")
                    if path == "/dev/full":
                        self.document(done.stdout, "probe")
                    else:
                        self.assertEqual(done.stdout, "")
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_limit_on_the_size_of_files(self):
        """The limit is reported like a full disk, and the old file is kept."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

        for line in ["-o", "out"], ["--svg=out"], ["--record=out"], ["--json"]:
            with self.subTest(line), open(self.folder / "stdout", "w", encoding="utf-8") as stdout:
                done = subprocess.run([URINGTOOL, "layout", *line], cwd=self.folder, preexec_fn=limit, check=False,
                                      stdout=stdout if line == ["--json"] else subprocess.DEVNULL,
                                      stderr=subprocess.PIPE, encoding="utf-8")
                where = "standard output" if line == ["--json"] else "out"
                self.assertEqual((done.returncode, done.stderr),
                                 (EXIT_RUNTIME, f"uringtool layout: {where}: File too large\n"))
                self.assertEqual(os.listdir(self.folder), ["stdout"])

    def test_stdout_that_cannot_be_written(self):
        path = self.folder / "probe.json"
        for option in [], ["--json"]:
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = run("probe", *option, "-o", str(path), stdout=full)
            self.assertEqual(done.returncode, EXIT_RUNTIME)
            self.assertEqual(done.stderr,
                             "uringtool probe: standard output: No space left on device\n")
            self.document(path.read_text("utf-8"), "probe")

    def test_a_reader_that_leaves_does_not_cost_the_file(self):
        path = self.folder / "probe.json"
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "w") as closed:
            run("probe", "-o", str(path), stdout=closed)
        self.document(path.read_text("utf-8"), "probe")

    def on_a_terminal(self, *args, **env):
        parent, child = pty.openpty()
        with subprocess.Popen([URINGTOOL, "probe", *args], stdout=child,
                              env=dict(os.environ, **env)) as process:
            os.close(child)
            text = b""
            try:
                while chunk := os.read(parent, 65536):
                    text += chunk
            except OSError:
                pass
        os.close(parent)
        self.assertIn(process.returncode, ANSWERS)
        return text

    def test_colour(self):
        self.assertNotIn("\033[", run("probe").stdout)
        self.assertNotIn("\033[", run("probe", "--color=never").stdout)
        self.assertIn("\033[", run("probe", "--color=always").stdout)
        self.assertIn("\033[", run("probe", "--color=always", env={"NO_COLOR": "1"}).stdout)
        self.assertNotIn("\033[", run("probe", "--json", "--color=always").stdout)
        self.assertIn(b"\033[", self.on_a_terminal(NO_COLOR=""))
        self.assertNotIn(b"\033[", self.on_a_terminal(NO_COLOR="1"))
        self.assertNotIn(b"\033[", self.on_a_terminal("--color=never", NO_COLOR=""))

    def test_json_on_a_terminal_is_json(self):
        json.loads(self.on_a_terminal("--json"))


main()
