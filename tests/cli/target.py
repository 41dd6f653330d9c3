# SPDX-License-Identifier: MIT
"""uringtool probe --target: facts about files, which it leaves unchanged."""
import json
import mmap
import os
import re
import shutil
import subprocess

from cli import Case, EXIT_OK, EXIT_OF_VERDICT, EXIT_RUNTIME, EXIT_USAGE, URINGTOOL, main, run

EXIT_REFUSED = 5
UNDER_SECCOMP = os.environ["UNDER_SECCOMP"]
READ_FACTS = ["O_DIRECT", "IOPOLL", "HYBRID_IOPOLL", "READ_FIXED", "FIXED_FILE", "RWF_HIPRI",
              "RWF_NOWAIT", "RWF_ATOMIC", "RWF_DONTCACHE", "RWF_NOSIGNAL"]
BLOCK_FACTS = [*READ_FACTS, "BLOCK_URING_CMD_DISCARD", "BLOCK_URING_CMD_ZONE_RESET_ALL"]


class Target(Case):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "file"
        self.file.write_bytes(os.urandom(1 << 20))
        fd = os.open(self.file, os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)

    def probe(self, *targets, code=None, **more):
        words = [f"--target={t}" for t in targets]
        done = run("probe", "--json", *words, **more)
        document = self.document(done.stdout, "probe")
        usable = document["access"]["verdict"] == "usable"
        if usable or code is None:
            self.assertEqual(done.returncode,
                             code or EXIT_OF_VERDICT[document["access"]["verdict"]], done.stderr)
        self.assertEqual([t["path"] for t in document["targets"]], [str(t) for t in targets])
        return document, done

    def need_io_uring(self, document):
        if document["access"]["verdict"] != "usable":
            self.skipTest(f"io_uring: {document['access']['why']}")

    def test_none(self):
        self.assertEqual(self.probe()[0]["targets"], [])

    def test_a_file(self):
        document, done = self.probe(self.file)
        target = document["targets"][0]
        self.says_why(done)
        self.assertEqual((target["type"], target["bytes"]), ("file", 1 << 20))
        self.assertEqual([f["name"] for f in target["facts"]], READ_FACTS)
        found = subprocess.run(["findmnt", "-nro", "FSTYPE", "-T", self.file], check=True,
                               stdout=subprocess.PIPE, encoding="utf-8").stdout.strip()
        self.assertEqual(target["mount"]["file_system"], found)
        self.need_io_uring(document)
        facts = {f["name"]: f for f in target["facts"]}
        for name in "READ_FIXED", "FIXED_FILE":
            self.assertEqual(facts[name]["works"], "yes", facts[name])
        for fact in target["facts"]:
            self.assertTrue(fact["evidence"] or fact["works"] == "undecided", fact)
            if fact["works"] == "yes":
                self.assertEqual(fact["known"], "yes", fact)

    def test_the_alignment_holds(self):
        target = self.probe(self.file)[0]["targets"][0]
        fact = target["facts"][0]
        if fact["works"] != "yes":
            self.skipTest(f"no direct I/O here: {fact['why']}")
        fd = os.open(self.file, os.O_RDONLY | os.O_DIRECT)
        self.addCleanup(os.close, fd)
        step = target["direct"]["offset_align_bytes"]
        buffer = mmap.mmap(-1, 1 << 16)
        self.assertEqual(os.preadv(fd, [memoryview(buffer)[:step]], step), step)
        with self.assertRaises(OSError):
            os.preadv(fd, [memoryview(buffer)[:step]], step // 2)

    def test_several_and_one_that_is_missing(self):
        none = self.folder / "none"
        document, done = self.probe(self.file, none, "/dev/null", code=EXIT_RUNTIME)
        self.assertIn(f"{none}: No such file or directory", done.stderr)
        self.assertEqual([sorted(t) == ["error", "path"] for t in document["targets"]],
                         [False, True, False])

    def test_what_is_no_target(self):
        os.mkfifo(self.folder / "pipe")
        for path, code in (self.folder, EXIT_RUNTIME), (self.folder / "pipe", EXIT_REFUSED), \
                ("/dev/ptmx", EXIT_REFUSED):
            document, done = self.probe(path, code=code)
            self.assertIn(str(path), done.stderr)
            self.assertEqual(document["targets"][0]["error"], done.stderr.split(": ", 1)[1].strip())

    def test_files_without_data(self):
        sparse, empty = self.folder / "sparse", self.folder / "empty"
        empty.touch()
        with open(sparse, "wb") as file:
            file.truncate(1 << 20)
        document, _ = self.probe(sparse, empty)
        self.need_io_uring(document)
        for target in document["targets"]:
            facts = {f["name"]: f["works"] for f in target["facts"]}
            self.assertIn(facts["IOPOLL"], ("undecided", "no"))
            self.assertNotEqual(facts["O_DIRECT"], "yes")

    def test_socket_commands(self):
        document, _ = self.probe("socket")
        target = document["targets"][0]
        self.assertEqual((target["type"], len(target["facts"])), ("socket", 5))

    def test_a_list_that_is_too_long(self):
        words = ["--target=/dev/null"] * 65
        self.assertIn("more than 64 times", self.refuses(EXIT_USAGE, "probe", *words))

    def test_text(self):
        for columns in range(77, 84):
            text = run("probe", f"--target={self.file}", env={"COLUMNS": str(columns)}).stdout
            section = text[text.index(f"\nTarget {self.file}"):].splitlines()[2:]
            self.assertLessEqual(max(map(len, section)), columns)
            for name in READ_FACTS:
                self.assertTrue(any(re.match(rf"  {name} +(yes|no|unknown|refused|undecided) +\S", line)
                                    for line in section), name)

    def test_a_recording_needs_no_target(self):
        path = self.folder / "recording"
        live = run("probe", "--json", "--record", str(path), f"--target={self.file}", "--target=socket")
        self.file.unlink()
        replayed = run("probe", "--json", "--replay", str(path), f"--target={self.file}",
                       "--target=socket")
        self.assertEqual(replayed.returncode, live.returncode, replayed.stderr)
        self.assertEqual(json.loads(replayed.stdout)["targets"], json.loads(live.stdout)["targets"])

    def test_a_recording_may_lie(self):
        path = self.folder / "recording"
        words = [f"--target={self.file}", "--target=socket"]
        run("probe", "--record", str(path), *words)
        recording = json.loads(path.read_text("utf-8"))
        for call in recording["calls"]:
            if "target " not in call["question"] and "sys" not in call["question"]:
                continue
            kept = dict(call)
            form = next((key for key in call if key not in ("question", "ret")), None)
            for lie in {form or "text": ""}, {"ret": "EIO"}:
                call.update(lie)
                path.write_text(json.dumps(recording), encoding="utf-8")
                done = run("probe", "--json", "--replay", str(path), *words)
                self.assertIn(done.returncode, (0, 2, 3, 4, 5, 77), (call["question"], done.stderr))
                call.clear()
                call.update(kept)
            if form and isinstance(kept[form], dict):
                call[form] = {member: 0 if isinstance(value, (int, str)) else value
                              for member, value in kept[form].items()}
                path.write_text(json.dumps(recording), encoding="utf-8")
                done = run("probe", "--json", "--replay", str(path), *words)
                self.assertIn(done.returncode, (0, 2, 3, 4, 5, 77), (call["question"], done.stderr))
            call.update(kept)

    def test_where_io_uring_is_refused(self):
        for way in "eperm", "kill":
            done = run("probe", "--json", f"--target={self.file}", under=[UNDER_SECCOMP, way])
            if done.returncode == 125:
                self.skipTest("no seccomp filter can be set here")
            facts = {f["name"]: f for f in self.document(done.stdout, "probe")["targets"][0]["facts"]}
            self.assertEqual((facts["READ_FIXED"]["permitted"], facts["READ_FIXED"]["works"]), ("no", "no"))
            self.assertNotEqual(facts["O_DIRECT"]["works"], "undecided")

    def test_a_loop_device(self):
        made = subprocess.run(["losetup", "-f", "--show", self.file], check=False, encoding="utf-8",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if made.returncode:
            self.skipTest(f"no loop device: {made.stderr.strip()}")
        device = made.stdout.strip()
        self.addCleanup(subprocess.run, ["losetup", "-d", device], check=True)
        before = self.file.read_bytes()
        document, _ = self.probe(device)
        target = document["targets"][0]
        self.assertEqual((target["type"], target["bytes"]), ("block", 1 << 20))
        self.assertEqual([f["name"] for f in target["facts"]], BLOCK_FACTS)
        self.assertEqual(target["device"]["backing_file"], str(self.file))
        self.assertEqual(target["device"]["disk"], device.removeprefix("/dev/"))
        self.assertEqual(target["layers"][0]["what"], f"file {self.file}")
        self.assertEqual(self.file.read_bytes(), before)

    def test_nothing_is_changed(self):
        strace = shutil.which("strace")
        trace = self.folder / "trace"
        if not strace or subprocess.run([strace, "-o", os.devnull, "true"], check=False,
                                        stderr=subprocess.DEVNULL).returncode:
            self.skipTest("no strace here")
        before = os.stat(self.file), self.file.read_bytes()
        subprocess.run([strace, "-f", "-y", "-o", trace, URINGTOOL, "probe", f"--target={self.file}"],
                       check=False, stdout=subprocess.DEVNULL)
        calls = [line for line in trace.read_text("utf-8").splitlines() if str(self.file) in line
                 and "execve(" not in line]
        self.assertTrue(any("open" in call for call in calls))
        for call in calls:
            name = re.match(r"\d+ +(\w+)\(", call)
            self.assertIsNotNone(name, call)
            self.assertIn(name[1], ("newfstatat", "stat", "statx", "fstat", "open", "openat", "lseek",
                                    "close", "pread64", "ioctl", "readlink", "io_uring_register",
                                    "write"), call)
            if name[1].startswith("open"):
                self.assertRegex(call, r"O_RDONLY[^,]*\) = ")
                self.assertNotRegex(call, "O_CREAT|O_TRUNC|O_EXCL|O_APPEND")
            elif name[1] == "ioctl":
                self.assertIn("BLKSSZGET", call)
            elif name[1] == "write":
                self.assertRegex(call, r"write\([12]<", call)
        after = os.stat(self.file), self.file.read_bytes()
        self.assertEqual((before[0].st_mtime_ns, before[0].st_ctime_ns, before[1]),
                         (after[0].st_mtime_ns, after[0].st_ctime_ns, after[1]))

    def test_the_help_names_it(self):
        done = run("probe", "--help")
        self.assertEqual(done.returncode, EXIT_OK)
        self.assertIn("--target=FILE", done.stdout)


main()
