# SPDX-License-Identifier: MIT
"""uringtool bench --steady-state and --precondition: the rule is applied correctly, and consent is needed."""
import json
import os
import signal
import subprocess
import time

from cli import Case, EXIT_OK, EXIT_UNDECIDED, EXIT_USAGE, URINGTOOL, main, run, skip

EXIT_REFUSED = 5
ROUNDS = 25
WINDOW = 5

if json.loads(run("probe", "--json").stdout)["access"]["verdict"] != "usable":
    skip("io_uring is not usable here")


def steady(values):
    """SNIA's rule, implemented from its text."""
    values = values[-WINDOW:]
    if len(values) < WINDOW:
        return False
    mean = sum(values) / len(values)
    middle = (len(values) - 1) / 2
    slope = sum((i - middle) * v for i, v in enumerate(values)) / sum((i - middle) ** 2 for i in range(len(values)))
    return max(values) - min(values) <= 0.2 * mean and abs(slope) * (WINDOW - 1) <= 0.1 * mean


class Steady(Case):
    def check(self, document, code):
        """Checks that the verdict follows from the rounds."""
        found = document["steady_state"]
        values = [r[found["metric"]] for r in found["rounds"]]
        self.assertEqual(found["reached"], steady(values), values)
        for n in range(WINDOW, len(values)):
            self.assertFalse(steady(values[:n]), (n, values))
        self.assertTrue(found["reached"] or len(values) == ROUNDS or not document["complete"])
        window = found["window"]
        self.assertEqual(window["first_round"] + window["rounds"] - 1, len(values))
        last = values[-window["rounds"]:]
        self.assertAlmostEqual(window["mean"], sum(last) / len(last), delta=window["mean"] / 100)
        self.assertEqual((window["min"], window["max"]), (min(last), max(last)))
        self.assertEqual([r["round"] for r in found["rounds"] if r["in_window"]],
                         list(range(window["first_round"], len(values) + 1)))
        self.assertEqual(document["result"]["total"]["ios"],
                         sum(r["ios"] for r in found["rounds"] if r["in_window"]))
        late = sum(n for _, n in document["result"]["total"]["lat_bins"]) - document["result"]["total"]["ios"]
        self.assertTrue(0 <= late <= document["result"]["uncounted_ios"], late)
        if not found["reached"]:
            self.assertFalse(document["valid"])
            self.assertIn("no steady state", " ".join(document["reasons"]))
        if document["complete"]:
            self.assertEqual(code, EXIT_OK if document["valid"] else EXIT_UNDECIDED, document["reasons"])
        return found

    def bench(self, *args):
        done = run("bench", *args, "--json", cwd=self.folder)
        return self.document(done.stdout, "bench"), done.returncode

    def test_rounds_on_a_file(self):
        document, code = self.bench("--buffered", "--size=4m", "--steady-state=pts", "--round=100ms")
        found = self.check(document, code)
        self.assertEqual(found["metric"], "iops")
        self.assertEqual(found["round_ns"], 100_000_000)
        self.assertEqual(document["job"]["runtime_ns"], 100_000_000)
        self.assertIsNone(document["precondition"])

    def test_a_rate_is_judged_by_its_latency(self):
        document, code = self.bench("--rw=nop", "--steady-state=pts", "--round=100ms", "--rate=5k")
        self.assertEqual(self.check(document, code)["metric"], "lat_mean_ns")

    def test_a_target_that_stutters_is_not_steady(self):
        """If the program is stopped in about every third round, no five rounds are alike."""
        with subprocess.Popen([URINGTOOL, "bench", "--rw=nop", "--steady-state=pts", "--round=200ms", "--json"],
                              stdout=subprocess.PIPE, encoding="utf-8") as child:
            while child.poll() is None:
                time.sleep(0.5)
                child.send_signal(signal.SIGSTOP)
                time.sleep(0.5)
                child.send_signal(signal.SIGCONT)
            document = self.document(child.stdout.read(), "bench")
        found = self.check(document, child.returncode)
        self.assertFalse(found["reached"], found)
        self.assertEqual(child.returncode, EXIT_UNDECIDED)
        self.assertEqual(len(found["rounds"]), ROUNDS)

    def test_a_signal_leaves_whole_rounds(self):
        with subprocess.Popen([URINGTOOL, "bench", "--rw=nop", "--steady-state=pts", "--round=500ms", "--json"],
                              stdout=subprocess.PIPE, encoding="utf-8") as child:
            time.sleep(1.7)
            child.send_signal(signal.SIGINT)
            document = self.document(child.communicate(timeout=60)[0], "bench")
        self.assertEqual(child.returncode, 130)
        self.assertFalse(document["complete"] or document["valid"])
        self.assertLess(len(document["steady_state"]["rounds"]), WINDOW)
        if document["steady_state"]["rounds"]:
            self.check(document, child.returncode)

    def test_text_shows_the_rounds(self):
        done = run("bench", "--rw=nop", "--steady-state=pts", "--round=50ms")
        self.assertIn("Steady state\n  reached", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^ +1 .* (yes|no)$")

    def test_preconditioning(self):
        size = 4 << 20
        for rw, times, at_random in ("randread", None, False), ("write", 1, False), ("randwrite", 0.5, True):
            with self.subTest(rw):
                option = "--precondition" + (f"={times}x" if times else "")
                document, code = self.bench("--buffered", f"--size={size}", f"--rw={rw}", option, "--runtime=100ms")
                self.assertEqual(code, EXIT_OK if document["valid"] else EXIT_UNDECIDED, document["reasons"])
                done = document["precondition"]
                self.assertEqual(done["times"], times or 2)
                self.assertEqual(done["sequential"]["bytes"], size * (times or 2))
                self.assertEqual(done["random"] is not None, at_random)
                self.assertEqual(document["job"]["rw"], rw)
                self.assertIsNone(document["steady_state"])
        self.assertEqual(os.listdir(self.folder), [])

    def test_preconditioning_in_one_pass_at_random(self):
        path = self.folder / "file"
        path.write_bytes(bytes(4 << 20))
        done = run("bench", path, "--buffered", "--overwrite", "--precondition=sprandom:0.25", "--numjobs=2", "--runtime=10ms",
                   "--json")
        made = self.document(done.stdout, "bench")["precondition"]
        self.assertEqual((made["times"], made["sprandom_over_provisioning"], made["sequential"]), (None, 0.25, None))
        self.assertAlmostEqual(made["random"]["bytes"], 1.25 * (4 << 20), delta=0.05 * (4 << 20))
        data = path.read_bytes()
        self.assertNotIn(bytes(4096), [data[at:at + 4096] for at in range(0, len(data), 4096)])

    def test_preconditioning_goes_in_large_blocks(self):
        """Preconditioning uses large blocks regardless of the job."""
        for args in ["--bsrange=4k-64k"], ["--rw=write", "--verify=crc32c"], ["--bssplit=4k/50:8k/50"]:
            with self.subTest(args):
                document, _ = self.bench("--buffered", "--size=4m", "--precondition=4x", "--io-limit=64k", *args)
                done = document["precondition"]["sequential"]
                self.assertAlmostEqual(done["bytes"] / (done["iops"] * done["elapsed_s"]), 128 << 10, delta=1024)

    def test_preconditioning_writes_all_of_the_part_in_use_and_no_more(self):
        path = self.folder / "file"
        path.write_bytes(bytes(4 << 20))
        run("bench", path, "--buffered", "--overwrite", "--offset=1m", "--size=2m", "--precondition=1x",
            "--runtime=10ms")
        data = path.read_bytes()
        self.assertEqual(data[:1 << 20], bytes(1 << 20))
        self.assertEqual(data[3 << 20:], bytes(1 << 20))
        for at in range(1 << 20, 3 << 20, 4096):
            self.assertNotEqual(data[at:at + 4096], bytes(4096), at)

    def test_preconditioning_writes_as_much_as_was_asked(self):
        path = self.folder / "file"
        path.write_bytes(bytes(4 << 20))
        run("bench", path, "--buffered", "--overwrite", "--precondition=0.25x", "--runtime=10ms")
        data = path.read_bytes()
        self.assertNotIn(bytes(4096), [data[at:at + 4096] for at in range(0, 1 << 20, 4096)])
        self.assertEqual(data[1 << 20:], bytes(3 << 20))

    def test_reading_does_not_excuse_preconditioning(self):
        path = self.folder / "file"
        path.write_bytes(b"precious" * 8192)
        self.assertIn("--overwrite", self.refuses(EXIT_REFUSED, "bench", path, "--precondition"))
        self.assertEqual(path.read_bytes(), b"precious" * 8192)

    def test_what_makes_no_sense(self):
        for words, *args in (("not like 2x", "--precondition=2"), ("no target", "--rw=nop", "--precondition"),
                             ("--io-limit", "--steady-state=pts", "--io-limit=1m"),
                             ("--verify", "--steady-state=pts", "--rw=write", "--verify=crc32c"),
                             ("--verify-only", "--precondition", "--verify-only"),
                             ("pts", "--steady-state=maybe")):
            with self.subTest(args):
                self.assertIn(words, self.refuses(EXIT_USAGE, "bench", *args, cwd=self.folder))


main()
