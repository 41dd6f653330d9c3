# SPDX-License-Identifier: MIT
"""uringtool bench --verify: written data is found, and damage is named; the data written with --contents."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import zlib

from cli import Case, EXIT_OK, EXIT_RUNTIME, EXIT_UNDECIDED, EXIT_USAGE, URINGTOOL, main, run, skip

BLOCK = 4096
SIZE = 4 << 20
EXIT_REFUSED = 5

if json.loads(run("probe", "--json").stdout)["access"]["verdict"] != "usable":
    skip("io_uring is not usable here")


class Verify(Case):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "file"

    def bench(self, *args, code=EXIT_OK):
        done = run("bench", self.file, "--buffered", "--json", *args)
        self.assertTrue(done.stdout, done.stderr)
        document = self.document(done.stdout, "bench")
        # A busy host may steal CPU time, or be slow: this is reported, and not a fault of the program.
        if [why for why in document["reasons"] if "hypervisor" not in why and "too few" not in why]:
            self.assertEqual(done.returncode, code, document["reasons"])
        elif code != EXIT_OK:
            self.fail((code, document))
        return document

    def write(self, *args, code=EXIT_OK):
        if self.file.exists():
            self.file.unlink()
        return self.bench("--verify=crc32c", f"--size={SIZE}", "--keep", "--runtime=200ms", *args, code=code)

    def later(self, *args, code=EXIT_OK):
        document = self.bench("--verify-only", *args, code=code)
        found = document["verify"]["pass"]
        self.assertEqual(sum(found[f"{what}_bytes"] for what in ("verified", "unwritten", "mismatched")),
                         self.file.stat().st_size)
        return document["verify"]

    def flip(self, at, file=None):
        """Changes a byte; returns the old and the new value in hexadecimal."""
        with open(file or self.file, "r+b") as f:
            f.seek(at)
            old = f.read(1)[0]
            f.seek(at)
            f.write(bytes([old ^ 0x10]))
        return f"{old:02x}", f"{old ^ 0x10:02x}"

    def test_what_was_written_is_found(self):
        for args, block in (
                (["--rw=write", "--bs=16k"], BLOCK), (["--rw=randwrite"], BLOCK),
                (["--rw=randwrite", "--bs=512"], 512), (["--rw=write", "--bsrange=512-8k"], 512),
                (["--rw=randrw", "--bssplit=4k/50:64k/50", "--numjobs=3"], BLOCK),
                (["--rw=randrw", "--fixedbufs", "--registerfiles", "--random=zipf:1.2"], BLOCK),
                (["--rw=randwrite", "--engine=vectored", "--fsync=16"], BLOCK),
                (["--rw=rw", "--rwmixread=70", "--io-limit=2m", "--lat=exact"], BLOCK),
                (["--rw=randwrite", "--random=once", "--sqpoll", "--numjobs=2"], BLOCK),
                (["--rw=randwrite", "--rate=20k", "--contents=30%"], BLOCK),
                (["--rw=randrw", "--rate=20k,closed", "--contents=zero"], BLOCK),
                # Fewer blocks than depth x jobs: I/Os must wait for each other's blocks.
                (["--rw=randrw", f"--size={8 * BLOCK}", "--numjobs=2"], BLOCK),
                (["--rw=write", f"--size={BLOCK}", f"--offset={BLOCK}"], BLOCK)):
            with self.subTest(args):
                document = self.write(*args)
                verify = document["verify"]
                self.assertEqual((verify["mismatches"], verify["first_mismatches"], verify["block_bytes"]), (0, [], block))
                self.assertGreater(verify["pass"]["verified_bytes"], 0)
                self.assertGreater(document["result"]["cpu"]["verify_ns_per_io"], 0)
                mixed = args[0] in ("--rw=rw", "--rw=randrw")
                self.assertEqual(sum(verify["reads"].values()) > 0, mixed)
                for how in [], ["--bs=8k" if self.file.stat().st_size == 2 * BLOCK else "--bs=32k", "--numjobs=2"]:
                    self.assertEqual(self.later(*how)["pass"]["verified_bytes"], verify["pass"]["verified_bytes"])

    def test_a_sequence_covers_everything(self):
        found = self.write("--rw=write", "--bs=64k", f"--io-limit={2 * SIZE}")["verify"]["pass"]
        self.assertEqual((found["verified_bytes"], found["unwritten_bytes"]), (SIZE, 0))

    def test_reads_verify_what_an_earlier_run_wrote(self):
        self.write("--rw=write", f"--io-limit={SIZE}", "--bs=16k")
        verify = self.bench("--rw=randread", "--verify=crc32c", "--runtime=200ms")["verify"]
        self.assertGreater(verify["reads"]["verified_bytes"], 0)
        self.assertEqual((verify["mismatches"], verify["pass"]), (0, None))
        for at in range(100, SIZE, BLOCK):
            self.flip(at)
        self.assertGreater(self.bench("--rw=randread", "--verify=crc32c", "--runtime=200ms",
                                      code=EXIT_RUNTIME)["verify"]["mismatches"], 0)

    def test_a_flipped_byte_is_named(self):
        self.write("--rw=write", f"--io-limit={SIZE}", "--bs=16k")
        for at in 5 * BLOCK, 77 * BLOCK + 8, 1000 * BLOCK + 56, SIZE - 1:
            with self.subTest(at):
                was, is_now = self.flip(at)
                document = self.bench("--verify-only", code=EXIT_RUNTIME)
                self.assertFalse(document["valid"])
                self.assertIn(f"at offset {at - at % BLOCK}", document["reasons"][0])
                verify = document["verify"]
                self.assertEqual((verify["mismatches"], verify["pass"]["mismatched_bytes"]), (1, BLOCK))
                seen = verify["first_mismatches"][0]
                self.assertEqual((seen["offset"], seen["byte_offset"], seen["flaw"]), (at - at % BLOCK, at, "corrupt"))
                self.assertEqual((seen["expected"][:2], seen["found"][:2]), (was, is_now))
                self.assertEqual(seen["expected"][2:], seen["found"][2:])
                self.flip(at)
        self.assertEqual(self.later()["mismatches"], 0)

    def test_the_text_names_it_too(self):
        self.write("--rw=write", f"--io-limit={SIZE}", "--bs=16k")
        was, is_now = self.flip(10 * BLOCK + 1000)
        done = run("bench", self.file, "--verify-only", "--buffered")
        self.assertEqual(done.returncode, EXIT_RUNTIME)
        self.assertRegex(done.stdout, rf"corrupt +{10 * BLOCK} +{10 * BLOCK + 1000} +{was}[0-9a-f]+ +{is_now}[0-9a-f]+\n")

    def test_damage_during_the_run_is_found_at_its_end(self):
        """Each block is written once; the rate slows the last phase down, so that there is time to damage a block."""
        self.file.write_bytes(bytes(SIZE))
        with subprocess.Popen([URINGTOOL, "bench", self.file, "--buffered", "--overwrite", "--verify=crc32c", "--rw=write",
                               "--rate=100", "--runtime=3s", "--json"], stdout=subprocess.PIPE, encoding="utf-8") as child:
            deadline = time.monotonic() + 20
            while not any(self.file.read_bytes()[:BLOCK]) and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.2)
            was, is_now = self.flip(2000)
            document = self.document(child.communicate(timeout=60)[0], "bench")
        self.assertEqual(child.returncode, EXIT_RUNTIME)
        seen = document["verify"]["first_mismatches"]
        self.assertEqual([(m["offset"], m["byte_offset"], m["expected"][:2], m["found"][:2]) for m in seen],
                         [(0, 2000, was, is_now)])

    def test_a_writer_that_is_killed(self):
        self.file.write_bytes(os.urandom(SIZE))
        with subprocess.Popen([URINGTOOL, "bench", self.file, "--buffered", "--overwrite", "--verify=crc32c",
                               "--rw=randwrite", "--rate=2k", "--runtime=60s", "--seed=9"]) as child:
            time.sleep(1)
            child.send_signal(signal.SIGKILL)
        found = self.later("--seed=9")
        self.assertEqual(found["mismatches"], 0)
        self.assertGreater(found["pass"]["verified_bytes"], 0)
        self.assertGreater(found["pass"]["unwritten_bytes"], 0)

    def test_an_interrupted_writer_is_not_read_back(self):
        self.file.write_bytes(bytes(SIZE))
        with subprocess.Popen([URINGTOOL, "bench", self.file, "--buffered", "--overwrite", "--verify=crc32c",
                               "--rw=randwrite", "--runtime=60s", "--json"], stdout=subprocess.PIPE, encoding="utf-8") as child:
            time.sleep(1)
            child.send_signal(signal.SIGINT)
            document = self.document(child.communicate(timeout=60)[0], "bench")
        self.assertEqual(child.returncode, 130)
        self.assertFalse(document["complete"])
        self.assertIsNone(document["verify"]["pass"])
        self.assertEqual(self.later()["mismatches"], 0)

    def test_another_seed(self):
        self.write("--rw=write", f"--io-limit={SIZE}", "--bs=16k", "--seed=3")
        self.assertEqual(self.later("--seed=3")["mismatches"], 0)
        verify = self.later(code=EXIT_RUNTIME)
        self.assertEqual(verify["mismatches"], SIZE // BLOCK)
        self.assertEqual({m["flaw"] for m in verify["first_mismatches"]}, {"seed"})
        self.assertEqual(len(verify["first_mismatches"]), 8)

    def test_a_block_in_another_place(self):
        self.write("--rw=write", f"--io-limit={SIZE}", "--bs=16k")
        data = bytearray(self.file.read_bytes())
        data[:BLOCK] = data[BLOCK:2 * BLOCK]
        self.file.write_bytes(data)
        seen = self.later(code=EXIT_RUNTIME)["first_mismatches"]
        self.assertEqual([(m["offset"], m["flaw"]) for m in seen], [(0, "misplaced")])

    def test_nothing_to_verify(self):
        self.file.write_bytes(bytes(SIZE))
        document = self.bench("--verify-only", code=EXIT_UNDECIDED)
        self.assertIn("nothing was verified", document["reasons"][0])
        self.assertEqual(document["verify"]["pass"]["unwritten_bytes"], SIZE)

    def test_verify_only_writes_nothing(self):
        self.write("--rw=randwrite")
        before = self.file.read_bytes()
        self.later("--rw=randwrite", "--overwrite", "--bssplit=4k/50:16k/50")
        self.assertEqual(self.file.read_bytes(), before)

    def test_off_is_off(self):
        document = self.write("--verify=off", "--rw=randwrite")
        self.assertIsNone(document["verify"])
        self.assertIsNone(document["result"]["cpu"]["verify_ns_per_io"])

    def logged(self, *args):
        log = self.folder / "log"
        if log.exists():
            log.unlink()
        document = self.write("--rw=randwrite", f"--verify-log={log}", *args)
        self.assertGreater(document["verify"]["log"]["records"], 0)
        self.assertEqual(log.stat().st_size, 32 * (document["verify"]["log"]["records"] + 2))
        self.assertTrue([w for w in document["warnings"] if "file system of the target" in w])
        return log

    def with_log(self, log, code=EXIT_OK):
        """What is found with the log: the counts make the whole."""
        document = self.bench("--verify-only", f"--verify-log={log}", code=code)
        verify = document["verify"]
        found = verify["pass"]
        self.assertEqual(found["verified_bytes"] + found["mismatched_bytes"] + verify["log"]["never_promised_bytes"],
                         self.file.stat().st_size)
        return document

    def test_a_log_tells_what_was_lost_though_flushed(self):
        for how in ["--fsync=8", "--bs=512"], ["--fdatasync=16", "--numjobs=2"], ["--dsync", "--bs=16k"]:
            with self.subTest(how):
                log = self.logged(*how)
                verify = self.with_log(log)["verify"]
                promised = verify["log"]["promised_bytes"]
                self.assertGreater(promised, 0)
                self.assertGreaterEqual(verify["pass"]["verified_bytes"], promised)
                self.assertEqual(verify["log"]["lost_flushed_bytes"], 0)
                if "--dsync" in how:
                    self.assertEqual((verify["log"]["newer_bytes"], promised), (0, verify["pass"]["verified_bytes"]))
                self.file.write_bytes(bytes(SIZE))
                document = self.with_log(log, code=EXIT_RUNTIME)
                verify = document["verify"]
                self.assertEqual((verify["log"]["lost_flushed_bytes"], verify["pass"]["mismatched_bytes"]), (promised, promised))
                self.assertEqual({m["flaw"] for m in verify["first_mismatches"]}, {"lost_flushed"})
                self.assertIn("is lost, although a flush covered it", document["reasons"][0])

    def test_a_drive_that_rolls_back(self):
        """An older copy of the target is intact: only the log tells."""
        log = self.logged("--fsync=4", "--random=once", f"--io-limit={SIZE // 2}")
        before = self.file.read_bytes()
        log.unlink()
        done = run("bench", self.file, "--buffered", "--overwrite", "--verify=crc32c", "--rw=randwrite", "--fsync=4",
                   f"--verify-log={log}", "--runtime=200ms")
        self.assertIn(done.returncode, (EXIT_OK, EXIT_UNDECIDED), done.stderr)
        self.assertEqual(self.with_log(log)["verify"]["mismatches"], 0)
        self.file.write_bytes(before)
        document = self.bench("--verify-only")
        self.assertEqual((document["verify"]["mismatches"], document["verify"]["log"]), (0, None))
        self.assertTrue([w for w in document["warnings"] if "--verify-log" in w])
        self.assertGreater(self.with_log(log, code=EXIT_RUNTIME)["verify"]["log"]["lost_flushed_bytes"], 0)

    def test_a_writer_that_is_killed_with_a_log(self):
        self.file.write_bytes(os.urandom(SIZE))
        log = self.folder / "log"
        with subprocess.Popen([URINGTOOL, "bench", self.file, "--buffered", "--overwrite", "--verify=crc32c", "--fsync=8",
                               f"--verify-log={log}", "--rw=randwrite", "--rate=2k", "--runtime=60s"]) as child:
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline and not (log.exists() and log.stat().st_size > 8192):
                time.sleep(0.05)
            child.send_signal(signal.SIGKILL)
        found = self.with_log(log)["verify"]
        self.assertEqual(found["mismatches"], 0)
        self.assertGreater(found["log"]["promised_bytes"], 0)
        self.assertGreater(found["log"]["never_promised_bytes"], 0)

    def test_a_target_that_shrank(self):
        log = self.logged("--fsync=1")
        os.truncate(self.file, SIZE // 2)
        document = self.bench("--verify-only", f"--verify-log={log}", code=EXIT_UNDECIDED)
        self.assertIn("outside of what was read", document["reasons"][0])

    def test_a_log_is_a_new_file(self):
        self.file.write_bytes(bytes(SIZE))
        os.symlink("nowhere", self.folder / "link")
        (self.folder / "empty").touch()
        line = ["bench", self.file, "--buffered", "--overwrite", "--verify=crc32c", "--rw=randwrite", "--fsync=8",
                "--runtime=100ms"]
        for path in self.file, self.folder / "link", self.folder / "empty", self.folder, "/dev/null", "/dev/uringtool.log":
            with self.subTest(path):
                self.refuses(EXIT_REFUSED, *line, f"--verify-log={path}", "--replace-output")
        self.assertFalse(os.path.exists("/dev/uringtool.log"))
        self.assertEqual(((self.folder / "empty").stat().st_size, self.file.read_bytes()), (0, bytes(SIZE)))
        self.refuses(EXIT_REFUSED, *line, f"--verify-log={self.folder}/new", "-o", self.folder / "new")
        self.refuses(EXIT_RUNTIME, *line, f"--verify-log={self.folder}/none/new")
        self.assertFalse((self.folder / "new").exists())
        for log in self.file, "/dev/null", self.folder:
            self.assertIn("is no log", self.refuses(EXIT_USAGE, "bench", self.file, "--verify-only", f"--verify-log={log}"))
        self.refuses(EXIT_RUNTIME, "bench", self.file, "--verify-only", f"--verify-log={self.folder}/none")
        for more in ["--rw=randwrite", "--verify=crc32c"], ["--rw=randwrite", "--fsync=1"], ["--verify=crc32c"]:
            self.assertIn("--verify-log", self.refuses(EXIT_USAGE, "bench", self.file, "--overwrite", "--verify-log=log", *more))

    def test_a_log_that_cannot_be_written(self):
        """A full disk: nothing is promised after that."""
        done = run("bench", self.folder / "new", "--buffered", "--verify=crc32c", "--rw=write", "--fsync=8", "--size=64k",
                   "--bs=64k", "--iodepth=1", "--io-limit=16m", f"--verify-log={self.folder}/log", "--json",
                   under=["prlimit", "--fsize=65536"])
        document = self.document(done.stdout, "bench")
        self.assertTrue([why for why in document["reasons"] if "nothing is promised" in why and "large" in why], document["reasons"])

    def test_the_memory_for_it(self):
        """2 bytes for each block; what does not fit is refused before anything is written."""
        document = self.write("--rw=write", f"--io-limit={SIZE}")
        self.assertEqual(document["verify"]["memory_bytes"], SIZE // BLOCK * 2)
        self.assertEqual(self.later()["memory_bytes"], 0)
        have = int(re.search(r"MemAvailable: *(\d+)", pathlib.Path("/proc/meminfo").read_text("utf-8"))[1]) << 10
        try:
            os.truncate(self.file, 8 << 40)
        except OSError:
            self.skipTest("no file of 8 TiB here")
        if have > 32 << 30:
            self.skipTest("there is memory for everything")
        line = "bench", self.file, "--buffered", "--overwrite", "--rw=randwrite", "--bs=512", "--verify=crc32c", "--runtime=50ms"
        before = self.file.stat()
        said = self.refuses(EXIT_RUNTIME, *line)
        self.assertIn("to verify 8t takes 32g of memory", said)
        self.assertIn("--size", said)
        after = self.file.stat()
        self.assertEqual((after.st_mtime_ns, after.st_blocks), (before.st_mtime_ns, before.st_blocks))
        self.assertIn(run(*line, "--size=1m").returncode, (EXIT_OK, EXIT_UNDECIDED))

    def test_refusals(self):
        for code, words, *args in (
                (EXIT_USAGE, "that was written", "--verify-only"), (EXIT_USAGE, "that was written", self.folder, "--verify-only"),
                (EXIT_RUNTIME, "No such file", self.folder / "none", "--verify-only", "--rw=write"),
                (EXIT_USAGE, "512", self.file, "--verify=crc32c", "--rw=write", "--bs=1000", "--buffered")):
            with self.subTest(args):
                self.assertIn(words, self.refuses(code, "bench", *args))
        self.file.write_bytes(bytes(SIZE))
        for what in "--precondition", "--steady-state=pts", "--curve", "--sweep=iodepth=1,2":
            self.assertIn("nothing", self.refuses(EXIT_USAGE, "bench", self.file, "--verify-only", "--overwrite", what))
        self.assertIn("--overwrite", self.refuses(EXIT_REFUSED, "bench", self.file, "--verify=crc32c", "--rw=write"))


def compressors():
    yield "zlib", lambda data: len(zlib.compress(data, 6))
    if shutil.which("zstd"):
        yield "zstd", lambda data: len(subprocess.run(["zstd", "-c", "-q"], input=data, stdout=subprocess.PIPE, check=True).stdout)


class Contents(Case):
    def written(self, *args):
        file = self.folder / "file"
        if file.exists():
            file.unlink()
        done = run("bench", file, "--buffered", "--keep", "--size=1m", "--runtime=100ms", "--json", *args)
        self.assertIn(done.returncode, (EXIT_OK, EXIT_UNDECIDED), done.stderr)
        self.document(done.stdout, "bench")
        return file.read_bytes()

    def test_a_mix_writes_them_and_not_what_it_read(self):
        file = self.folder / "file"
        before = os.urandom(SIZE)
        file.write_bytes(before)
        done = run("bench", file, "--buffered", "--overwrite", "--rw=randrw", "--contents=zero", "--runtime=100ms")
        self.assertIn(done.returncode, (EXIT_OK, EXIT_UNDECIDED), done.stderr)
        after = file.read_bytes()
        changed = [at for at in range(0, SIZE, BLOCK) if after[at:at + BLOCK] != before[at:at + BLOCK]]
        self.assertTrue(changed)
        for at in changed:
            self.assertFalse(any(after[at:at + BLOCK]), at)

    def test_they_compress_to_their_share(self):
        for how in (["--rw=randwrite", "--bs=64k", "--random=once", "--io-limit=1m"], ["--rw=randread", "--size=1m"],
                    ["--rw=write", "--verify=crc32c", "--bs=64k", "--io-limit=1m"]):
            for text, share in ("random", 1), ("75%", .75), ("50%", .5), ("20%", .2), ("zero", 0):
                # A file for reads is created without a name: its data is that of a file that is written.
                data = self.written(f"--contents={text}", *(how if "--rw=randread" not in how else
                                                            ["--rw=write", "--io-limit=4k", "--iodepth=1"]))
                for name, compressed in compressors():
                    # Block sizes of compressing file systems; the header of a verified block does not compress.
                    for size in BLOCK, 128 << 10:
                        parts = [data[at:at + size] for at in range(0, len(data), size)]
                        if name == "zstd":
                            parts = parts[:4]
                        got = sum(map(compressed, parts)) / sum(map(len, parts))
                        self.assertAlmostEqual(got, share, delta=.05, msg=(how, text, name, size))


main()
