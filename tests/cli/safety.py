# SPDX-License-Identifier: MIT
"""No option overwrites existing data without permission: every option that writes, found by trying all of them, and
every kind of path."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import time

from cli import Case, EXIT_OK, EXIT_REFUSED, EXIT_RUNTIME, EXIT_USAGE, commands, main, run

FOREIGN = "somebody's work\n"
NOP = ["bench", "--rw=nop", "--runtime=20ms"]
CURVE = ["bench", "--rw=nop", "--curve", "--point=10ms"]
PLAN = {"schema_version": 1, "kind": "plan", "name": "own", "requirements": ["op:READ"],
        "benchmarks": [{"name": "rings", "job": {"rw": "nop", "runtime": "20ms"}}]}
# The options that write, as found by trying all of them. A new one must be added here, so that all paths are tested.
WRITERS = {(command, option) for command in commands() for option in ("--output", "--record")} \
    - {(command, "--record") for command in ("bench", "compare", "qualify", "report")} | {("layout", "--svg"), ("bench", "--svg")}


def valued(command):
    """The options of a command that take a value."""
    text = run(command, "--help").stdout
    return sorted(set(re.findall(r"(?m)^ +(?:-\w, )?(--[\w-]+)\[?=", text)))


class Safety(Case):
    def setUp(self):
        super().setUp()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, "/")
        pathlib.Path("plan.json").write_text(json.dumps(PLAN), "utf-8")
        pathlib.Path("target").write_bytes(bytes(1 << 16))
        run(*NOP, "-o", "result.json")
        self.lines = {
            "probe": [["probe"]],
            "layout": [["layout"]],
            "dump": [["dump", "--samples=1"]],
            "bench": [NOP, CURVE],
            "compare": [["compare", "result.json", "result.json"]],
            "qualify": [["qualify", "plan.json"]],
            "report": [["report", "result.json"]],
        }
        self.assertEqual(set(self.lines), set(commands()), "a new command needs a line here")

    def line(self, command, option):
        return (CURVE if option == "--svg" else self.lines[command][0]) if command == "bench" \
            else self.lines[command][0]

    def test_which_options_write(self):
        """An empty file may be written to by each of these options."""
        found = set()
        empty = pathlib.Path("empty")
        for command, lines in self.lines.items():
            for option in valued(command):
                for line in lines:
                    empty.write_bytes(b"")
                    before = set(os.listdir())
                    run(*line, f"{option}=empty")
                    self.assertEqual(set(os.listdir()), before, (line, option))
                    if empty.stat().st_size:
                        found.add((command, option))
        self.assertEqual(found, WRITERS)

    def refused(self, path, *others, untouched=lambda: None, more=()):
        """Every option that writes refuses this path; one of each kind is tried with its other names."""
        before = untouched()
        one_of_each = {"--output": "layout", "--svg": "layout", "--record": "probe"}
        for name, writers in (path, sorted(WRITERS)), *((name, [(c, o) for o, c in one_of_each.items()]) for name in others):
            for command, option in writers:
                with self.subTest(name, command=command, option=option):
                    said = self.refuses(EXIT_REFUSED, *self.line(command, option), f"{option}={name}", *more)
                    self.assertIn(str(name), said)
                    self.assertEqual(untouched(), before)

    @contextlib.contextmanager
    def loop(self, backing):
        backing.write_bytes(b"precious " * 8192)
        losetup = shutil.which("losetup", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        made = losetup and subprocess.run([losetup, "--find", "--show", backing], capture_output=True, check=False,
                                          encoding="utf-8")
        if not made or made.returncode:
            self.skipTest("no loop device can be made here")
        device = made.stdout.strip()
        try:
            yield device
        finally:
            subprocess.run([losetup, "--detach", device], check=True)

    def test_block_devices(self):
        backing = self.folder / "disk.img"
        with self.loop(backing) as device:
            number = os.stat(device).st_rdev
            os.mknod("node", 0o600 | stat.S_IFBLK, number)
            os.symlink(device, "link")
            os.symlink("link", "link-to-link")
            self.refused(device, "node", "link", "link-to-link", untouched=backing.read_bytes,
                         more=["--replace-output"])

    def test_what_backs_a_loop_device(self):
        backing = self.folder / "disk.img"
        with self.loop(backing) as device:
            os.link(backing, "other")
            os.symlink("other", "link")
            self.refused(backing, "other", "link", untouched=backing.read_bytes, more=["--replace-output"])
            self.refuses(EXIT_REFUSED, "bench", device, "--runtime=20ms", "-o", "disk.img", "--replace-output")

    def test_character_devices(self):
        self.refused("/dev/zero", more=["--replace-output"])
        if os.geteuid() == 0:
            # Like /dev/ng0n1; it cannot be opened, because there is no such device.
            os.mknod("ng0n1", 0o600 | stat.S_IFCHR, os.makedev(511, 1))
            self.refused("ng0n1", more=["--replace-output"])

    def test_files_of_the_kernel(self):
        self.refused("/proc/self/comm", "/proc/sys/kernel/uringtool", "/sys/kernel/uringtool", "/dev/uringtool.json",
                     untouched=lambda: os.path.exists("/dev/uringtool.json"), more=["--replace-output"])

    def test_foreign_files(self):
        precious = pathlib.Path("precious")
        precious.write_text(FOREIGN, "utf-8")
        os.symlink("precious", "link")
        os.link("precious", "hard")
        os.mkdir("folder")
        self.refused("precious", "link", "hard", "folder/../precious", "/proc/self/cwd/precious",
                     untouched=lambda: (precious.read_text("utf-8"), os.readlink("link"), os.stat("hard").st_nlink))
        for form in '{"schema_version": 1, "kind": "plan", "name": "own"}', '{"fio version": "fio-3.33"}', \
                "<svg xmlns='http://www.w3.org/2000/svg'/>", "#!/bin/sh\n# uringtool probe\n", "TAP version 14\n1..0\n":
            precious.write_text(form, "utf-8")
            for line in ["layout", "-o"], ["layout", "--svg"], ["probe", "--record"]:
                self.refuses(EXIT_REFUSED, *line, "precious")
            self.assertEqual(precious.read_text("utf-8"), form)

    def test_bind_mounts(self):
        target = pathlib.Path("target")
        os.mkdir("other")
        done = subprocess.run(["mount", "--bind", ".", "other"], capture_output=True, check=False)
        if done.returncode:
            self.skipTest("no mount can be made here")
        try:
            self.refuses(EXIT_REFUSED, "bench", "target", "--runtime=20ms", "-o", "other/target", "--replace-output")
            self.refuses(EXIT_REFUSED, "report", ".", "-o", "other/result.json")
            self.assertEqual(target.read_bytes(), bytes(1 << 16))
        finally:
            subprocess.run(["umount", "other"], check=True)

    def test_what_the_command_line_names(self):
        """The target of a run and its input files are not overwritten, under any name."""
        os.link("result.json", "hard.json")
        os.symlink("result.json", "link.json")
        os.mkdir("results")
        shutil.copy("result.json", "results/host.json")
        held = {name: pathlib.Path(name).read_bytes() for name in ("target", "result.json", "plan.json")}
        for line in (["bench", "target", "--runtime=20ms", "-o", "target"],
                     ["bench", "target", "--curve", "--point=10ms", "--svg=./target"],
                     ["bench", "new", "--rw=write", "--size=64k", "--keep", "--runtime=20ms", "-o", "new"],
                     ["probe", "--target=target", "-o", f"{self.folder}/target"],
                     ["probe", "--target=target", "--record=target"],
                     ["probe", "--diff", "result.json", "live", "-o", "hard.json"],
                     ["probe", "--for=fio,./plan.json", "-o", "plan.json"],
                     ["compare", "result.json", "hard.json", "-o", "link.json"],
                     ["compare", "--base=result.json", "--new=hard.json", "-o", "result.json"],
                     ["compare", "results", "result.json", "-o", "results/host.json"],
                     ["qualify", "plan.json", "-o", "plan.json"],
                     ["qualify", "plan.json", "--device=target", "-o", "target"],
                     ["qualify", "--make-plan", "result.json", "-o", "link.json"],
                     ["report", "result.json", "-o", "result.json"],
                     ["report", "results", "-o", "results/host.json"],
                     ["report", "result.json", "--expect-hosts=plan.json", "--format=html", "-o", "plan.json"]):
            with self.subTest(line):
                self.refuses(EXIT_REFUSED, *line, *(() if "results" in line else ["--replace-output"]))
                for name, content in held.items():
                    self.assertEqual(pathlib.Path(name).read_bytes(), content)
        run("probe", "-o", "facts.json")
        with open("facts.json", encoding="utf-8") as facts:
            done = subprocess.run([os.environ["URINGTOOL"], "probe", "--diff", "-", "live", "-o", "facts.json"],
                                  stdin=facts, capture_output=True, check=False)
        self.assertEqual(done.returncode, EXIT_REFUSED)

    def test_two_outputs_in_one_file(self):
        os.symlink("same", "link")
        for line in (["probe", "-o", "same", "--record=./same"], ["layout", "-o", "link", "--svg=same"]):
            self.assertIn("name the same file", self.refuses(EXIT_USAGE, *line))
        self.assertFalse(os.path.exists("same"))

    def test_what_may_be_replaced(self):
        """The same command line works twice, an empty file may be replaced, and so may anything with consent."""
        lines = [[*self.line(command, option), option] for command, option in sorted(WRITERS)]
        lines += [["report", "result.json", f"--format={form}", "-o"]
                  for form in ("markdown", "junit", "tap", "prometheus", "ocp", "html")]
        lines += [["report", ".", f"--format={form}", "-o"] for form in ("markdown", "junit", "tap", "prometheus", "html")]
        lines += [["qualify", "--make-plan", "result.json", "-o"], ["qualify", "--check", "plan.json", "-o"],
                  ["probe", "--macros", "-o"], ["probe", "--list", "-o"], ["layout", "--explain=list", "-o"],
                  ["bench", "target", "--runtime=50ms", "--buffered", "--format=fio", "-o"]]
        for number, line in enumerate(lines):
            with self.subTest(line):
                path = pathlib.Path(f"out-{number}")
                for before in "", None, FOREIGN:
                    consent = ["--replace-output"] if before == FOREIGN else []
                    if before is not None:
                        path.write_text(before, "utf-8")
                    inode = path.stat().st_ino
                    done = run(*line, str(path), *consent)
                    self.assertNotIn(done.returncode, (EXIT_USAGE, EXIT_RUNTIME, EXIT_REFUSED), done.stderr)
                    self.assertNotEqual(path.stat().st_ino, inode)
                    self.assertNotIn(path.read_text("utf-8"), ("", FOREIGN))
                path.unlink()

    def test_links_stay(self):
        os.symlink("there", "link")
        for _ in range(2):
            self.assertEqual(run("layout", "--as-of=6.1", "-o", "link").returncode, EXIT_OK)
            self.assertEqual(os.readlink("link"), "there")
            self.document(pathlib.Path("there").read_text("utf-8"), "layout")

    def test_standard_streams(self):
        """Output to a standard stream comes before what is printed there, and keeps existing contents."""
        for name in "/dev/stdout", "/dev/fd/1", "out":
            with self.subTest(name), open("out", "w", encoding="utf-8") as file:
                file.write(FOREIGN)
                file.flush()
                done = run("layout", "--as-of=6.1", "-o", name, stdout=file)
                self.assertEqual(done.returncode, EXIT_OK, done.stderr)
                text = pathlib.Path("out").read_text("utf-8").removeprefix(FOREIGN)
                end = json.JSONDecoder().raw_decode(text)[1]
                self.document(text[:end], "layout")
                self.assertIn("mapping", text[end:])
        done = run("layout", "--as-of=6.1", "-o", "/dev/stderr")
        self.document(done.stderr, "layout")

    def test_pipes(self):
        os.mkfifo("pipe")
        begin = time.monotonic()
        done = run("layout", "--as-of=6.1", "--json", "-o", "pipe")
        self.assertEqual((done.returncode, done.stderr),
                         (EXIT_RUNTIME, "uringtool layout: pipe: no process reads this pipe\n"))
        self.document(done.stdout, "layout")
        self.assertLess(time.monotonic() - begin, 60)
        for option, kind in ("-o", "layout"), ("--record", "recording"):
            with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE, encoding="utf-8") as reader:
                self.assertEqual(run("layout", option, "pipe").returncode, EXIT_OK)
                self.document(reader.communicate(timeout=60)[0], kind)
        # When the reader closes the pipe, writing ends, but not the program.
        with subprocess.Popen(["head", "-c", "1", "pipe"], stdout=subprocess.DEVNULL):
            done = run("probe", "--json", "-o", "pipe")
        self.assertEqual((done.returncode, done.stderr), (EXIT_RUNTIME, "uringtool probe: pipe: Broken pipe\n"))
        self.document(done.stdout, "probe")

    def test_a_folder_is_made_where_a_file_may_be(self):
        for path in "/dev/uringtool/", "/sys/kernel/uringtool/", "/proc/uringtool/":
            self.refuses(EXIT_REFUSED, "qualify", "plan.json", "-o", path)
            self.assertFalse(os.path.exists(path))


main()
