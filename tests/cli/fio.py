# SPDX-License-Identifier: MIT
"""uringtool bench --format=fio: readable by programs that read fio's JSON."""
import json
import os
import shutil
import signal
import subprocess
import time

from cli import Case, EXIT_OK, EXIT_RUNTIME, EXIT_UNDECIDED, EXIT_USAGE, URINGTOOL, main, run, skip

BLOCK = 4096
PERCENTILES = [1, 5, *range(10, 100, 10), 95, 99, 99.5, 99.9, 99.95, 99.99]
LARGEST_BIN = 17112760320

# Keys that readers of fio's JSON use, in the document, a job, a direction and a latency.
TOP = "fio version", "timestamp", "timestamp_ms", "time", "jobs", "disk_util"
JOB = ("jobname", "groupid", "error", "eta", "elapsed", "job options", "read", "write", "trim", "job_runtime",
       "usr_cpu", "sys_cpu", "ctx", "majf", "minf", "iodepth_level", "latency_ns", "latency_us", "latency_ms")
OPTIONS = "name", "filename", "rw", "bs", "ioengine", "iodepth", "numjobs", "runtime"
DIRECTION = ("io_bytes", "io_kbytes", "bw_bytes", "bw", "iops", "runtime", "total_ios", "short_ios", "drop_ios",
             "slat_ns", "clat_ns", "lat_ns", "bw_min", "bw_max", "bw_agg", "bw_mean", "bw_dev", "bw_samples",
             "iops_min", "iops_max", "iops_mean", "iops_stddev", "iops_samples")
LATENCY = "min", "max", "mean", "stddev", "N"

if json.loads(run("probe", "--json").stdout)["access"]["verdict"] != "usable":
    skip("io_uring is not usable here")


def bins(latency):
    return sorted((int(ns), count) for ns, count in latency["bins"].items())


def is_bin(ns):
    """Whether fio's histogram has a bucket for this value."""
    if ns < 128:
        return True
    width = 1 << (ns.bit_length() - 7)
    return ns % width == width // 2 and ns <= LARGEST_BIN


class Fio(Case):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "file"
        self.file.write_bytes(os.urandom(256 * BLOCK))

    def form(self, *args, runtime="1200ms"):
        done = run("bench", self.file, "--buffered", "--overwrite", "--format=fio", f"--runtime={runtime}", *args)
        self.assertIn(done.returncode, (EXIT_OK, EXIT_UNDECIDED), done.stderr)
        document = json.loads(done.stdout)
        self.assertEqual(document["uringtool"]["valid"], done.returncode == EXIT_OK)
        return document

    def fio(self, *args):
        if not shutil.which("fio"):
            self.skipTest("no fio on this machine")
        made = self.folder / "fio.json"
        subprocess.run(["fio", "--name=it", f"--filename={self.file}", "--ioengine=psync", "--bs=4k", "--iodepth=1",
                        "--numjobs=1", "--runtime=1200ms", "--time_based", "--clat_percentiles=1", "--lat_percentiles=1",
                        "--output-format=json+", f"--output={made}", *args], check=True, cwd=self.folder)
        return json.loads(made.read_text("utf-8"))

    def alike(self, where, ours, theirs, keys):
        for key in keys:
            self.assertIn(key, theirs, where)
            self.assertIn(key, ours, where)
            self.assertIs(type(ours[key]), type(theirs[key]), (where, key))

    def test_the_keys_and_types_of_fio(self):
        theirs, ours = self.fio("--rw=randrw"), self.form("--rw=randrw", "--iodepth=1")
        self.alike("top", ours, theirs, TOP)
        self.assertEqual(ours["global options"], {})
        self.assertEqual(time.strptime(ours["time"]).tm_year, time.localtime(ours["timestamp"]).tm_year)
        ours, theirs = ours["jobs"][0], theirs["jobs"][0]
        self.alike("job", ours, theirs, JOB)
        self.alike("options", ours["job options"], theirs["job options"], OPTIONS)
        self.assertEqual({type(value) for value in ours["job options"].values()}, {str})
        for key in "iodepth_level", "latency_ns", "latency_us", "latency_ms":
            self.alike(key, ours[key], theirs[key], theirs[key])
            self.assertEqual(list(ours[key]), list(theirs[key]))
        for kind in "read", "write", "trim":
            self.alike(kind, ours[kind], theirs[kind], DIRECTION)
            for latency in "slat_ns", "clat_ns", "lat_ns":
                self.alike((kind, latency), ours[kind][latency], theirs[kind][latency], LATENCY)
        for kind in "read", "write":
            for latency in "clat_ns", "lat_ns":
                a, b = ours[kind][latency], theirs[kind][latency]
                self.alike((kind, latency), a, b, ("percentile", "bins"))
                self.assertEqual(list(a["percentile"]), list(b["percentile"]))
                self.assertEqual({type(v) for v in a["percentile"].values()}, {int})
                self.assertEqual({type(v) for v in a["bins"].values()}, {int})
                # Checks that fio's own values follow the rule that ours are checked against.
                self.assertTrue(all(is_bin(int(ns)) for ns in b["bins"]))

    def test_the_numbers_agree(self):
        document = self.form("--rw=randrw", "--fsync=64", "--numjobs=2")
        job, own = document["jobs"][0], document["uringtool"]["result"]
        self.assertEqual(job["job options"]["numjobs"], "2")
        for kind in "read", "write", "trim":
            ours, there = job[kind], own[kind]
            self.assertEqual((ours["total_ios"], ours["io_bytes"]), (there["ios"], there["bytes"]))
            self.assertAlmostEqual(ours["iops"], there["iops"], delta=1)
            self.assertEqual(ours["lat_ns"], ours["clat_ns"])
            self.assertEqual(ours["slat_ns"]["N"], 0)
        self.assertEqual(job["sync"]["total_ios"], own["sync"]["ios"])
        self.assertGreater(job["sync"]["lat_ns"]["N"], 0)
        cpu = (job["usr_cpu"] + job["sys_cpu"]) / 100 * job["job_runtime"] * 1e6
        ios = own["total"]["ios"]
        self.assertAlmostEqual(cpu / ios, own["cpu"]["cpu_ns_per_io"], delta=1 + own["cpu"]["cpu_ns_per_io"] / 20)
        shares = sum(share for key in ("ns", "us", "ms") for share in job[f"latency_{key}"].values())
        self.assertAlmostEqual(shares, 100, places=3)
        self.assertEqual(sum(job["iodepth_level"].values()), 100)
        depth = max(1, round(own["in_flight"] / 2))
        self.assertEqual(job["iodepth_level"][str(1 << depth.bit_length() - 1)], 100)

    def test_percentiles_come_out_of_the_bins(self):
        document = self.form()
        latency = document["jobs"][0]["read"]["clat_ns"]
        own = document["uringtool"]["result"]["read"]
        pairs = bins(latency)
        self.assertTrue(all(is_bin(ns) for ns, _ in pairs), pairs)
        self.assertEqual(sum(count for _, count in pairs), latency["N"])
        self.assertEqual(latency["N"], own["ios"])
        for share in PERCENTILES:
            below, want = 0, None
            for want, count in pairs:
                below += count
                if below >= share / 100 * latency["N"]:
                    break
            self.assertEqual(latency["percentile"][f"{share:.6f}"], want, share)
        self.assertAlmostEqual(latency["percentile"]["50.000000"], own["lat_p50_ns"], delta=own["lat_p50_ns"] / 50)
        mean = sum(ns * count for ns, count in pairs) / latency["N"]
        self.assertAlmostEqual(latency["mean"], mean, delta=mean / 50)
        variance = sum((ns - mean) ** 2 * count for ns, count in pairs) / latency["N"]
        self.assertAlmostEqual(latency["stddev"], variance ** .5, delta=variance ** .5 / 20)

    def test_a_series(self):
        read = self.form("--interval=200ms")["jobs"][0]["read"]
        self.assertGreaterEqual(read["iops_samples"], 3)
        for what, dev in ("iops", "iops_stddev"), ("bw", "bw_dev"):
            self.assertLessEqual(read[f"{what}_min"], read[f"{what}_mean"])
            self.assertLessEqual(read[f"{what}_mean"], read[f"{what}_max"] + 1)
            self.assertGreaterEqual(read[dev], 0)
        self.assertAlmostEqual(read["bw_mean"], read["iops_mean"] * BLOCK / 1024, delta=read["bw_mean"] / 100)

    def test_spans_in_which_nothing_completed(self):
        read = self.form("--rate=60", "--interval=10ms", runtime="2s")["jobs"][0]["read"]
        self.assertEqual((read["iops_min"], read["bw_min"]), (0, 0))
        self.assertGreater(read["iops_samples"], 10)

    def test_fios_own_reader(self):
        reader = shutil.which("fio_jsonplus_clat2csv")
        if not reader:
            self.skipTest("no fio_jsonplus_clat2csv on this machine")
        made = self.folder / "made.json"
        for args in ["--rw=randread"], ["--rw=randrw", "--fsync=8"], ["--rw=randtrim"], ["--lat=off"]:
            document = self.form(*args, "-o", made, runtime="300ms")
            self.assertEqual(json.loads(made.read_text("utf-8")), document)
            for more in [], ["--validate"]:
                done = subprocess.run([reader, made, self.folder / "made.csv", *more], stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, encoding="utf-8", timeout=60, check=False)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertIn("validated" if more else "generated", done.stdout)

    def test_what_is_wrong_is_an_error(self):
        with subprocess.Popen([URINGTOOL, "bench", self.file, "--buffered", "--runtime=20s", "--format=fio"],
                              stdout=subprocess.PIPE, encoding="utf-8") as child:
            time.sleep(0.5)
            os.truncate(self.file, 0)
            document = json.loads(child.communicate(timeout=60)[0])
        self.assertEqual(child.returncode, EXIT_RUNTIME)
        self.assertNotEqual(document["jobs"][0]["error"], 0)
        self.assertGreater(document["jobs"][0]["read"]["short_ios"], 0)
        self.assertFalse(document["uringtool"]["valid"])

    def test_a_signal(self):
        with subprocess.Popen([URINGTOOL, "bench", self.file, "--buffered", "--runtime=20s", "--format=fio"],
                              stdout=subprocess.PIPE, encoding="utf-8") as child:
            time.sleep(0.7)
            child.send_signal(signal.SIGINT)
            document = json.loads(child.communicate(timeout=60)[0])
        self.assertEqual(child.returncode, 130)
        self.assertFalse(document["uringtool"]["complete"])
        self.assertLess(document["jobs"][0]["read"]["runtime"], 19000)

    def test_nop_is_none_of_fios(self):
        self.assertIn("nop", self.refuses(EXIT_USAGE, "bench", "--rw=nop", "--format=fio"))


main()
