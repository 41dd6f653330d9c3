# SPDX-License-Identifier: MIT
"""uringtool bench: measurements, refusals, and leftovers."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

from cli import Case, EXIT_OK, EXIT_RUNTIME, EXIT_UNAVAILABLE, EXIT_UNDECIDED, EXIT_USAGE, URINGTOOL, main, run, skip

EXIT_REFUSED = 5
BLOCK = 4096

if json.loads(run("probe", "--json").stdout)["access"]["verdict"] != "usable":
    skip("io_uring is not usable here")


class Bench(Case):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "file"
        self.file.write_bytes(os.urandom(256 * BLOCK))

    def bench(self, *args, runtime="100ms", code=EXIT_OK):
        done = run("bench", *args, f"--runtime={runtime}", "--json", cwd=self.folder)
        document = self.document(done.stdout, "bench")
        # A busy host may steal CPU time, or make two threads share a CPU: this is reported, and not a fault of the
        # program.
        document["reasons"] = [why for why in document["reasons"]
                               if "hypervisor" not in why and "waited for a CPU" not in why]
        if not document["reasons"] and not document["valid"]:
            document["valid"] = True
        elif done.returncode != code:
            self.fail((done.returncode, done.stderr, document["reasons"], document["result"]["total"]))
        return document

    def total(self, *args, **more):
        """Runs bench; returns the document and its result, after a check of their consistency."""
        document = self.bench(*args, **more)
        self.assertTrue(document["valid"] and document["complete"], document["reasons"])
        result = document["result"]
        total = result["total"]
        self.assertGreaterEqual(total["ios"], 100)
        self.assertEqual(total["errors"], 0)
        self.assertAlmostEqual(total["iops"], total["ios"] / result["elapsed_s"], delta=total["iops"] / 100)
        order = [total[f"lat_{key}_ns"] for key in ("min", "p50", "p90", "p99", "p999", "p9999", "p99999", "max")]
        order = [value for value in order if value is not None]
        self.assertEqual(order, sorted(order))
        # Every I/O issued in the measured time has its latency counted, also if it completed afterwards.
        kinds = [result[kind] for kind in ("read", "write", "trim", "sync")]
        kinds = [total] if document["job"]["rw"] == "nop" else kinds
        counted = sum(n for kind in kinds for _, n in kind["lat_bins"])
        completed = sum(kind["ios"] for kind in kinds) + result["censored"]["ios"]
        if document["job"]["ramp_ns"]:
            self.assertAlmostEqual(counted, completed, delta=result["uncounted_ios"])
        else:
            self.assertEqual(counted, completed + result["uncounted_ios"])
        return document, result

    def test_small_batches_fill_the_depth_too(self):
        # A program that waits after each I/O never has two in flight.
        _, result = self.total(self.file, "--buffered", "--async", "--iodepth=16", "--batch-submit=1")
        self.assertGreater(result["in_flight"], 1.5)
        self.assertLessEqual(result["in_flight"], 16)

    def test_what_is_published_at_once(self):
        for args, batch in (["--rw=nop"], 32), (["--rw=nop", "--iodepth=4"], 4), (["--rw=nop", "--batch-submit=2"], 2):
            document, _ = self.total(*args)
            self.assertEqual(document["granted"]["batch_submit"], batch)

    def test_a_file_of_its_own(self):
        before = sorted(self.folder.iterdir())
        document, result = self.total("--buffered", "--size=1m")
        self.assertEqual(result["read"]["ios"], result["total"]["ios"])
        self.assertEqual(result["total"]["bytes"], result["total"]["ios"] * BLOCK)
        self.assertTrue(document["target"]["made"])
        self.assertEqual(document["target"]["bytes"], 1 << 20)
        self.assertEqual(sorted(self.folder.iterdir()), before)

    def test_nop(self):
        _, result = self.total("--rw=nop")
        self.assertEqual(result["total"]["bytes"], 0)
        self.assertEqual(result["read"]["ios"], 0)

    def test_switches_are_granted(self):
        plain = self.bench(self.file, "--buffered")["granted"]
        self.assertNotIn("SQPOLL", plain["setup_flags"])
        self.assertFalse(plain["fixedbufs"] or plain["registerfiles"])
        granted = self.bench(self.file, "--buffered", "--sqpoll", "--fixedbufs", "--registerfiles")["granted"]
        self.assertIn("SQPOLL", granted["setup_flags"])
        self.assertTrue(granted["fixedbufs"] and granted["registerfiles"])
        off = self.bench(self.file, "--buffered", "--defer-taskrun=off", "--no-sqarray=off",
                         "--registered-ring=off")["granted"]
        self.assertNotIn("DEFER_TASKRUN", off["setup_flags"])
        self.assertNotIn("NO_SQARRAY", off["setup_flags"])
        self.assertFalse(off["registered_ring"])

    def test_sqpoll_is_counted(self):
        _, result = self.total("--rw=nop", "--sqpoll", runtime="300ms")
        cpu = result["cpu"]
        self.assertGreater(cpu["sq_thread_ns_per_io"], 0)
        self.assertGreaterEqual(cpu["cpu_ns_per_io"], cpu["sq_thread_ns_per_io"] * 0.8)

    def test_workloads(self):
        for args, kinds in (
                (["--rw=read"], {"read"}), (["--rw=write"], {"write"}), (["--rw=randwrite"], {"write"}),
                (["--rw=rw"], {"read", "write"}), (["--rw=randrw", "--rwmixread=90"], {"read", "write"}),
                (["--rw=randwrite", "--fsync=4"], {"write", "sync"}), (["--rw=randrw", "--numjobs=2"], {"read", "write"}),
                (["--engine=vectored"], {"read"}), (["--random=zipf:1.2"], {"read"}), (["--random=once"], {"read"}),
                (["--bssplit=4k/50:16k/50"], {"read"}), (["--async"], {"read"}), (["--lat=exact"], {"read"}),
                (["--rw=rw", "--sqpoll", "--numjobs=2", "--sqpoll-shared"], {"read", "write"})):
            with self.subTest(args):
                _, result = self.total("--buffered", "--size=1m", "--iodepth=8", *args,
                                       runtime="2s" if "--fsync=4" in args else "300ms")
                self.assertEqual({k for k in ("read", "write", "trim", "sync") if result[k]["ios"]}, kinds)

    def test_the_environment_is_part_of_it(self):
        document = self.bench("--rw=nop")
        environment = document["environment"]
        self.assertEqual(environment["cpus_used"], pathlib.Path("/proc/self/status").read_text("ascii").split(
            "Cpus_allowed_list:")[1].split()[0])
        self.assertGreaterEqual(environment["load_1m"], 0)
        listed = environment["mitigations"]["active"] + environment["mitigations"]["vulnerable"]
        for path in pathlib.Path("/sys/devices/system/cpu/vulnerabilities").glob("*"):
            self.assertEqual(path.name in listed, path.read_text("ascii").strip() != "Not affected", path)
        self.assertIsNone(document["health"])
        self.assertLess(abs(document["result"]["clock_drift"]), 0.001)

    def test_calls_of_enter(self):
        for depth in 1, 32:
            _, result = self.total("--rw=nop", f"--iodepth={depth}")
            self.assertAlmostEqual(result["cpu"]["enter_calls_per_io"], 1 / depth, delta=0.1 / depth)

    def test_resolution_of_the_latency(self):
        _, result = self.total("--rw=nop", "--iodepth=32")
        # A batch of 32 has one timestamp.
        self.assertGreater(result["lat_resolution_ns"], result["total"]["lat_p50_ns"] / 8)
        self.assertIsNone(self.bench("--rw=nop", "--lat=off")["result"]["lat_resolution_ns"])

    def test_the_device_counts_too(self):
        document = self.bench("--size=4m", "--iodepth=4", runtime="300ms")
        health, device = document["health"], document["target"]["device"]
        if not device or not device["iostats"]:
            self.skipTest("no block device under the file, or none that counts")
        delta, before, after = (health[key]["io"] for key in ("delta", "before", "after"))
        self.assertEqual(delta, {key: after[key] - before[key] for key in before})
        self.assertGreaterEqual(delta["reads"] + delta["reads_merged"], health["issued_ios"])
        self.assertGreaterEqual(health["device_ios_per_io"], 1)
        self.assertGreaterEqual(health["device_bytes_per_byte"], 1)
        self.assertGreaterEqual(health["issued_ios"], document["result"]["total"]["ios"])

    def test_holes_are_no_device(self):
        """Reads of a file that was never written are fast, and do not measure the disk."""
        sparse = self.folder / "sparse"
        with sparse.open("wb") as f:
            f.truncate(64 << 20)
        try:
            done = run("bench", sparse, "--runtime=100ms", "--json")
            document = self.document(done.stdout, "bench")
        except json.JSONDecodeError:
            self.skipTest(done.stderr)
        if not document["target"]["device"] or not document["target"]["device"]["iostats"]:
            self.skipTest("no block device under the file, or none that counts")
        self.assertEqual(done.returncode, EXIT_UNDECIDED)
        self.assertIn("never written", " ".join(document["reasons"]))

    def test_numa(self):
        node = int(next(pathlib.Path("/sys/devices/system/node").glob("node[0-9]*"), pathlib.Path("node0")).name[4:])
        document = self.bench(self.file, "--buffered", f"--numa={node}")
        self.assertEqual(document["job"]["numa_node"], node)
        self.assertEqual(document["numa"]["bound_node"], node)
        self.assertEqual(document["numa"]["thread_nodes"], [node])
        self.assertIn(document["numa"]["buffer_nodes"], ([node], []))
        self.assertIsNone(self.bench("--rw=nop")["numa"]["bound_node"])
        self.assertIn("NUMA nodes", self.refuses(EXIT_USAGE, "bench", "--rw=nop", "--numa=1023"))

    def test_a_cpu_that_may_not_be_used(self):
        for cpu in sorted(os.sched_getaffinity(0))[:1]:
            self.refuses(EXIT_USAGE, "bench", "--rw=nop", f"--cpus={cpu},{os.cpu_count() - 1 + 64}")

    def test_one_cpu_for_the_job_and_its_submission_thread(self):
        cpu = str(min(os.sched_getaffinity(0)))
        under = ["taskset", "-c", cpu]
        self.assertIn("alone", self.refuses(EXIT_USAGE, "bench", "--rw=nop", f"--sqpoll={cpu}", under=under))
        self.assertIn("both", self.refuses(EXIT_USAGE, "bench", "--rw=nop", f"--sqpoll={cpu}", f"--cpus={cpu}"))

    def test_the_submission_thread_is_looked_at(self):
        self.assertIsNone(self.bench("--rw=nop")["result"]["sq_thread"])
        seen = self.bench("--rw=nop", "--sqpoll", runtime="500ms")["result"]["sq_thread"]
        self.assertEqual(seen["work_share"] is None, seen["work_why"] is not None)
        self.assertGreater(seen["looks"], 0)
        self.assertLessEqual(seen["shared_cpu_share"], 1)

    def test_many(self):
        """Deep rings and many jobs; the memory besides the buffers is a few MiB."""
        self.total("--rw=nop", "--iodepth=4096")
        self.total("--rw=nop", "--numjobs=64", "--iodepth=4", runtime="300ms")

    def resident(self, jobs, *args):
        """Memory of a run in bytes, once all its jobs are running."""
        with subprocess.Popen([URINGTOOL, "bench", *args, f"--numjobs={jobs}", "--runtime=60s"],
                              stdout=subprocess.DEVNULL) as child:
            for _ in range(300):
                time.sleep(0.1)
                status = pathlib.Path(f"/proc/{child.pid}/status").read_text("ascii")
                if int(status.split("Threads:")[1].split()[0]) > jobs:
                    break
            time.sleep(1)
            status = pathlib.Path(f"/proc/{child.pid}/status").read_text("ascii")
            child.send_signal(signal.SIGINT)
            self.assertEqual(child.wait(60), 130)
        return int(status.split("VmRSS:")[1].split()[0]) << 10

    def test_memory(self):
        depth, jobs = 1024, 16
        one = self.resident(1, "--rw=nop", "--iodepth=1")
        many = self.resident(jobs, self.file, "--buffered", f"--iodepth={depth}")
        buffers = depth * jobs * BLOCK
        self.assertGreater(many, buffers)
        # A job's histograms, rings and stack: 0.4 MiB; most of the allowance is for a sanitizer.
        self.assertLess(many - buffers - one, jobs * (4 << 20))

    def test_latency_off(self):
        document = self.bench(self.file, "--buffered", "--lat=off")
        self.assertTrue(document["valid"], document["reasons"])
        self.assertGreater(document["result"]["total"]["ios"], 0)
        self.assertIsNone(document["result"]["total"]["lat_p50_ns"])

    def test_a_limit_ends_the_run(self):
        document = self.bench(self.file, "--buffered", "--io-limit=1m", runtime="60s")
        self.assertTrue(document["complete"])
        self.assertEqual(document["result"]["total"]["bytes"], 1 << 20)

    def test_what_is_in_flight_counts_to_the_limit(self):
        limit, size = 1 << 20, 8 << 20
        for more, block in ([], 0), (["--bssplit=4k/50:8k/50"], 4096), (["--fsync=8"], 0), (["--ramp=20ms"], 0):
            path = self.folder / "written"
            path.write_bytes(bytes(size))
            document = self.bench(path, "--buffered", "--rw=write", "--overwrite", "--iodepth=256",
                                  f"--io-limit={limit}", *more, runtime="60s")
            self.assertTrue(document["complete"], more)
            done = document["result"]["write"]["bytes"]
            self.assertTrue(limit <= done <= limit + block, (more, done))
            if "--ramp=20ms" not in more:
                self.assertEqual(path.read_bytes()[done:], bytes(size - done), more)

    def test_a_series(self):
        """The spans are the whole measured time, and all of its I/Os, whatever ends the run."""
        for more in [self.file, "--buffered"], [self.file, "--buffered", "--ramp=70ms"], [self.file, "--buffered", "--io-limit=4m"], [
                "--rw=nop", "--rate=300"], ["--rw=nop", "--lat=off"]:
            result = self.bench(*more, "--interval=100ms", runtime="450ms")["result"]
            series, total = result["series"], result["total"]
            self.assertEqual(sum(span["ios"] for span in series), total["ios"], more)
            self.assertEqual([span["begin_s"] for span in series], [0, *(span["end_s"] for span in series[:-1])], more)
            self.assertEqual(series[-1]["end_s"], result["elapsed_s"], more)
            for span in series:
                self.assertGreater(span["end_s"], span["begin_s"], more)
                known = [span[f"lat_{key}_ns"] for key in ("p50", "p99", "p999", "max") if span[f"lat_{key}_ns"] is not None]
                self.assertEqual(known, sorted(known), more)
                # The last span has the latencies of what was in flight at its end too.
                if span is not series[-1]:
                    self.assertEqual(span["lat_max_ns"] is None, "--lat=off" in more or not span["ios"], more)
            if "--lat=off" not in more:
                most = max(span["lat_max_ns"] or 0 for span in series)
                self.assertTrue(total["lat_max_ns"] <= most <= total["lat_max_ns"] * 1.01, more)

    def test_a_series_with_nothing_in_it(self):
        """An I/O in every second span or so: the others are zeros."""
        result = self.bench("--rw=nop", "--rate=60", "--interval=10ms", runtime="2s")["result"]
        idle = [span for span in result["series"][:-1] if not span["ios"]]
        self.assertGreater(len(idle), 10)
        for span in idle:
            self.assertEqual((span["iops"], span["bw_bytes_per_s"], span["lat_p50_ns"], span["lat_max_ns"]), (0, 0, None, None))

    def test_what_is_sustained(self):
        """A rate that no engine reaches: the backlog grows."""
        for rate, runtime, known in ("200", "900ms", True), ("1000m", "900ms", True), ("1000m", "100ms", False):
            rated = self.bench("--rw=nop", f"--rate={rate}", runtime=runtime)["result"]["rate"]
            self.assertEqual(rated["sustained"], rate == "200", rated)
            self.assertTrue(known == (rated["lag_slope"] is not None) or not known, rated)
            if rate != "200":
                self.assertGreater(rated["lag_end_ns"], 50_000_000)
            if rate != "200" and known:
                self.assertGreater(rated["lag_slope_low"], 0)
                self.assertTrue(0.5 < rated["lag_slope"] <= 1.05, rated)

    def test_a_closed_rate_is_no_more_than_that(self):
        for rate in 1000, 20_000:
            document = self.bench("--rw=nop", f"--rate={rate},closed", runtime="500ms")
            # A late batch is caught up on.
            self.assertLessEqual(document["result"]["total"]["ios"], rate * document["result"]["elapsed_s"] + 33)
            self.assertIsNone(document["result"]["rate"]["sustained"])

    def test_a_stalled_generator_is_no_alibi(self):
        """With a rate, if the program is stopped for a second, the I/Os are a second late, and this is shown."""
        with subprocess.Popen([URINGTOOL, "bench", self.file, "--buffered", "--rate=2k", "--runtime=3s", "--json"],
                              stdout=subprocess.PIPE, encoding="utf-8") as child:
            time.sleep(1)
            child.send_signal(signal.SIGSTOP)
            time.sleep(1)
            child.send_signal(signal.SIGCONT)
            result = json.loads(child.communicate(timeout=60)[0])["result"]
        self.assertGreater(result["total"]["lat_max_ns"], 800_000_000)
        self.assertGreater(result["total"]["lat_p99_ns"], 400_000_000)
        self.assertLess(result["rate"]["service"]["lat_p99_ns"], 400_000_000)

    def test_an_existing_file_is_safe(self):
        before = self.file.read_bytes()
        self.assertIn("--overwrite", self.refuses(EXIT_REFUSED, "bench", self.file, "--rw=randwrite"))
        self.assertEqual(self.file.read_bytes(), before)
        self.total(self.file, "--buffered", "--rw=randwrite", "--overwrite")
        self.assertNotEqual(self.file.read_bytes(), before)
        self.assertEqual(self.file.stat().st_size, len(before))

    def test_reading_changes_nothing(self):
        before = self.file.read_bytes()
        self.total(self.file, "--buffered", "--sqpoll")
        self.assertEqual(self.file.read_bytes(), before)

    def test_a_named_file_goes_or_stays(self):
        name = self.folder / "made"
        self.total(name, "--buffered", "--rw=write", "--size=1m")
        self.assertFalse(name.exists())
        self.total(name, "--buffered", "--rw=write", "--size=1m", "--keep")
        self.assertEqual(name.stat().st_size, 1 << 20)

    def test_refusals(self):
        recording = self.folder / "recording"
        recording.write_text('{"calls": []}')
        for code, words, *args in (
                (EXIT_RUNTIME, "No such file", self.folder / "none"),
                (EXIT_REFUSED, "/dev", "/dev/uringtool-none", "--rw=write"),
                (EXIT_USAGE, "neither", "/dev/null"),
                (EXIT_USAGE, "512", self.file, "--bs=1000"),
                (EXIT_USAGE, "less than", self.file, "--size=1g"),
                (EXIT_USAGE, "no target", self.file, "--rw=nop"),
                (EXIT_USAGE, "NVMe", self.file, "--engine=nvme"),
                (EXIT_USAGE, "bssplit", self.file, "--bssplit=4k"),
                (EXIT_USAGE, "measurement", self.file, f"--replay={recording}")):
            with self.subTest(args):
                self.assertIn(words, self.refuses(code, "bench", *args))

    def test_a_device_that_cannot_poll(self):
        tmpfs = pathlib.Path("/dev/shm")
        if not tmpfs.is_dir():
            self.skipTest("no /dev/shm")
        name = tmpfs / f"uringtool-test-{os.getpid()}"
        name.write_bytes(bytes(64 * BLOCK))
        self.addCleanup(name.unlink)
        why = self.refuses(EXIT_UNAVAILABLE, "bench", name, "--iopoll")
        # Before 6.6 tmpfs does not support direct I/O either.
        self.assertTrue("tmpfs does not poll; use ext4" in why or "no direct I/O" in why, why)

    def test_a_cut_file_is_told(self):
        """Reads of a file that is truncated during the run are short: not counted, and the result is not valid."""
        with subprocess.Popen([URINGTOOL, "bench", self.file, "--buffered", "--runtime=20s", "--json"],
                              stdout=subprocess.PIPE, encoding="utf-8") as child:
            time.sleep(0.5)
            os.truncate(self.file, 0)
            document = json.loads(child.communicate(timeout=60)[0])
        self.assertEqual(child.returncode, EXIT_RUNTIME)
        self.assertFalse(document["valid"] or document["complete"])
        short = document["errors"]["short"]
        self.assertGreater(short["ios"], 0)
        self.assertEqual((short["first_kind"], short["first_bytes"]), ("read", BLOCK))
        self.assertIn(f"at offset {short['first_offset']}", document["reasons"][0])
        self.assertLess(document["result"]["elapsed_s"], 19)

    @staticmethod
    def has_ring(pid):
        fds = pathlib.Path(f"/proc/{pid}/fd")
        return any("io_uring" in os.readlink(fd) for fd in fds.iterdir() if os.path.islink(fd))

    def test_signals(self):
        for number, code in (signal.SIGINT, 130), (signal.SIGTERM, 143):
            with self.subTest(number):
                with subprocess.Popen([URINGTOOL, "bench", "--buffered", "--size=1m", "--runtime=60s", "--json"],
                                      stdout=subprocess.PIPE, encoding="utf-8", cwd=self.folder) as child:
                    while not self.has_ring(child.pid):
                        time.sleep(0.1)
                    time.sleep(0.2)
                    child.send_signal(number)
                    document = json.loads(child.communicate(timeout=60)[0])
                self.assertEqual(child.returncode, code)
                self.assertFalse(document["complete"])
                self.assertTrue(document["valid"], document["reasons"])
        self.assertEqual(sorted(self.folder.iterdir()), [self.file])

    def test_interrupts_and_steal_are_of_what_the_run_used(self):
        cpu = min(os.sched_getaffinity(0))
        result = self.bench("--rw=nop", f"--cpus={cpu}", runtime="300ms")["result"]["cpu"]
        self.assertEqual(result["cpus_seen"], str(cpu))
        self.assertIsNotNone(result["steal_share"])
        self.assertIsNone(result["irqs_of"])
        self.assertIsNone(result["irqs_per_io"])
        result = self.bench(self.file, "--buffered", runtime="300ms")["result"]["cpu"]
        self.assertEqual(result["irqs_per_io"] is None, result["irqs_of"] is None)

    def test_a_run_that_was_stopped_is_not_valid(self):
        with subprocess.Popen([URINGTOOL, "bench", "--rw=nop", "--runtime=4s", "--json"],
                              stdout=subprocess.PIPE, encoding="utf-8") as child:
            tasks = pathlib.Path(f"/proc/{child.pid}/task")
            while child.poll() is None and len(list(tasks.iterdir())) < 2:
                time.sleep(0.02)
            time.sleep(0.5)
            child.send_signal(signal.SIGSTOP)
            time.sleep(1)
            child.send_signal(signal.SIGCONT)
            document = self.document(child.communicate(timeout=60)[0], "bench")
        self.assertEqual(child.returncode, EXIT_UNDECIDED)
        self.assertFalse(document["valid"])
        self.assertTrue(document["complete"])
        self.assertTrue([why for why in document["reasons"] if "SIGSTOP" in why], document["reasons"])
        stops = document["result"]["stops"]
        self.assertGreaterEqual(stops["total_ns"], stops["longest_ns"])
        self.assertGreater(stops["longest_ns"], 500e6)

    def test_a_run_that_has_to_wait_for_its_cpus_was_not_stopped(self):
        hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4 * os.cpu_count())]
        try:
            document = self.bench("--rw=nop", runtime="2s")
        finally:
            for hog in hogs:
                hog.kill()
                hog.wait()
        self.assertEqual(document["result"]["stops"]["count"], 0)
        self.assertEqual(document["result"]["stops"]["suspended_ns"], 0)


main()
