# SPDX-License-Identifier: MIT
"""A replayed recording gives the recorded result, and no question reaches the kernel."""
import json
import os
import pathlib
import struct

from cli import Case, EXIT_OK, EXIT_RUNTIME, EXIT_USAGE, main, run

UNDER_SECCOMP = os.environ["UNDER_SECCOMP"]
KERNEL = pathlib.Path(__file__).resolve().parent.parent / "replay/6.12.json"
ELSEWHERE = {"hostname": "there", "kernel": "6.12.0", "machine": "s390x", "cpus": 3}


def same_part(document):
    return {key: value for key, value in document.items() if key not in ("time", "command", "replayed")}


def recording(*calls, page_size=4096, byte_order="little"):
    """A recording of some calls, as written by another release on another machine."""
    return {"schema_version": 1, "kind": "recording", "tool": {"name": "uringtool", "version": "9.8.7"},
            "host": ELSEWHERE, "time": "2026-01-31T12:00:00Z", "command": ["uringtool"], "format_version": 1,
            "byte_order": byte_order, "page_size": page_size, "calls": list(calls)}


# The header of 6.12, io_uring/io_uring.c.
SQ_OFF = {"head": 0, "tail": 4, "ring_mask": 16, "ring_entries": 24, "flags": 36, "dropped": 32, "array": 128}
CQ_OFF = {"head": 8, "tail": 12, "ring_mask": 20, "ring_entries": 28, "overflow": 44, "cqes": 64, "flags": 40}
SQ, CQ, PAGE = 1024, 2048, 16384


def big_endian_ring():
    """The memory of a ring with two SQEs and a CQE, on a big-endian machine with 16k pages."""
    def pages(used):
        return used + bytes(-len(used) % PAGE)

    header = struct.pack(">16I", 0x10203, 0x10205, 4, 5, SQ - 1, CQ - 1, SQ, CQ, 0, 0, 0, 0, 0, 0, 0, 0)
    cqes = bytearray(CQ * 16)
    struct.pack_into(">QiI", cqes, 4 * 16, 0x8877665544332211, -5, 0x10001)
    sqes = bytearray(SQ * 64)
    struct.pack_into(">BBHiQQIIQHH", sqes, (0x10203 % SQ) * 64, 22, 0, 0, 7, 0x102030405, 0x1020304050607, 4096, 0,
                     0x1122334455667788, 258, 0)
    # POLLIN and EPOLLET; the halves of the word are in little-endian order.
    struct.pack_into(">BBHiQQIIQ", sqes, (0x10204 % SQ) * 64, 6, 0, 0, 8, 0, 0, 0, 0x00018000, 1)
    return pages(header + bytes(cqes) + struct.pack(f">{SQ}I", *range(SQ))), pages(bytes(sqes))


def memory(data):
    return {hex(at): data[at:at + 64].hex() for at in range(0, len(data), 64) if any(data[at:at + 64])}


def peek(where, size, data):
    seen = data[:size]
    return {"question": f"inquire ring 42:3 offset={where} size={size}", "ret": len(seen), "memory": memory(seen)}


def big_endian():
    rings, sqes = big_endian_ring()
    params = {"sq_entries": 1, "cq_entries": 2, "flags": 0, "features": 0x3fff, "sq_off": SQ_OFF, "cq_off": CQ_OFF}
    one = "ring(entries=1 flags=0x0 cq_entries=0)"
    # With entries of the largest size, in whole pages.
    largest = 64 + CQ * 32 + SQ * 4
    return recording(
        {"question": "trial setup", "ret": 0, "trial": {"ret": "EFAULT"}},
        {"question": "trial enter", "ret": 0, "trial": {"ret": "EBADF"}},
        {"question": "trial register", "ret": 0, "trial": {"ret": "EBADF"}},
        {"question": "read /proc/sys/kernel/osrelease", "ret": 0, "text": "6.12.0\n"},
        {"question": f"setup {one}", "ret": 3, "io_uring_params": params},
        {"question": f"map fd={one} offset=0x0 length=132", "ret": 0,
         "words": {"0x14": 1, "0x18": 1, "0x1c": 2}},
        {"question": f"map fd={one} offset=0x10000000 length=64", "ret": 0, "words": {}},
        {"question": "inquire names in /proc", "ret": 0, "names": ["self", "42"]},
        {"question": "inquire names in /proc/42/fd", "ret": 0, "names": ["0", "3"]},
        {"question": "inquire link /proc/42/fd/0", "ret": 0, "text": "/dev/null"},
        {"question": "inquire link /proc/42/fd/3", "ret": 0, "text": "anon_inode:[io_uring]"},
        {"question": "inquire link /proc/42/fd/7", "ret": 0, "text": "/tmp/\\xff"},
        {"question": "read /proc/42/comm", "ret": 0, "text": "uring\n"},
        {"question": "read /proc/42/fdinfo/3", "ret": "EACCES"},
        {"question": "read /proc/42/maps", "ret": 0, "text": ""},
        peek("0x0", 48, rings), peek("0x0", largest + -largest % PAGE, rings),
        peek("0x10000000", SQ * 128, sqes), page_size=PAGE, byte_order="big")


BIG_ENDIAN = big_endian()


class Recording(Case):
    def test_replay_is_the_result_that_was_recorded(self):
        path = str(self.folder / "recording.json")
        live = run("probe", "--json", "--record", path)
        self.says_why(live)
        with open(path, encoding="utf-8") as file:
            recording = self.document(file.read(), "recording")
        self.assertGreaterEqual(len(recording["calls"]), 5)
        for under in [], [UNDER_SECCOMP, "kill"]:
            replayed = run("probe", "--json", "--replay", path, under=under)
            self.assertEqual(replayed.returncode, live.returncode)
            self.says_why(replayed)
            self.assertEqual(same_part(self.document(replayed.stdout, "probe")),
                             same_part(self.document(live.stdout, "probe")))

    def test_bad_recordings(self):
        for text, says in ("", ":1: not valid JSON"), \
                ("{\n\n]", ":3: not valid JSON"), \
                ("[" * 1000, ":1: nested deeper than"), \
                ("{}", ": key 'kind': missing"), \
                (json.dumps(recording({"question": 1})), ": calls[0]: key 'question': text expected"):
            with self.subTest(text[:20]):
                path = self.folder / "bad.json"
                path.write_text(text, encoding="utf-8")
                self.assertIn(f"{path}{says}", self.refuses(EXIT_USAGE, "probe", "--replay", str(path)))

    def replay(self, document, *args):
        path = self.folder / "recording.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return run(*args, "--replay", str(path))

    def test_other_formats_are_refused(self):
        path = self.folder / "other.json"
        for version, says in (None, "of uringtool 9.8.7, from before recordings had a format version"), \
                (2, "in format 2, of uringtool 9.8.7: this one reads format 1"):
            document = recording()
            document["format_version"] = version
            if not version:
                del document["format_version"]
            path.write_text(json.dumps(document), encoding="utf-8")
            for command in "probe", "layout", "dump":
                self.assertIn(says, self.refuses(EXIT_USAGE, command, "--replay", str(path)))

    def test_members_of_a_later_release_are_ignored_and_told(self):
        plain = json.loads(KERNEL.read_text("utf-8"))
        more = json.loads(KERNEL.read_text("utf-8"))
        setup = next(i for i, call in enumerate(more["calls"]) if "io_uring_params" in call)
        more["calls"][setup]["io_uring_params"]["sq_off"]["later"] = 1
        more["calls"][setup]["later"] = [{}]
        a, b = self.replay(plain, "probe", "--json"), self.replay(more, "probe", "--json")
        self.assertEqual((a.returncode, a.stderr), (EXIT_OK, ""))
        self.assertEqual(b.returncode, EXIT_OK)
        self.assertRegex(b.stderr, rf"are ignored: 2, the first is calls\[{setup}\]\.sq_off\.later\n\Z")
        self.assertEqual(same_part(json.loads(a.stdout)), same_part(json.loads(b.stdout)))

    def test_a_missing_member_is_named_or_zero(self):
        document = json.loads(KERNEL.read_text("utf-8"))
        i, params = next((i, call["io_uring_params"]) for i, call in enumerate(document["calls"])
                         if "io_uring_params" in call)
        del params["cq_off"]["flags"], params["sq_off"]["array"]
        self.assertEqual(self.replay(document, "probe").returncode, EXIT_OK)
        del params["features"]
        done = self.replay(document, "probe")
        self.assertEqual((done.returncode, done.stdout), (EXIT_USAGE, ""))
        self.assertIn(f": calls[{i}]: io_uring_params: key 'features': missing", done.stderr)

    def test_the_machine_is_the_recorded_one(self):
        document = json.loads(KERNEL.read_text("utf-8"))
        document["host"] = ELSEWHERE
        for call in document["calls"]:
            if call["question"].startswith("attempt memlock charge"):
                call["attempt"]["res"] = 3
        document["page_size"] = 16384
        shown = self.document(self.replay(document, "probe", "--json").stdout, "probe")
        self.assertEqual(shown["host"], ELSEWHERE)
        self.assertEqual(shown["replayed"], {"time": document["time"], "version": document["tool"]["version"]})
        self.assertEqual(shown["limits"]["ring_charged_bytes"], 3 * 16384)
        text = self.replay(document, "probe").stdout
        self.assertRegex(text, r"\Areplayed +recorded on there, Linux 6.12.0 on s390x, at .* by uringtool ")
        header = self.replay(document, "probe", "--macros").stdout
        self.assertIn("/* From a recording made at", header)
        self.assertNotRegex(header, "(?m)^replayed")
        result = self.folder / "result.json"
        result.write_text(json.dumps(shown), encoding="utf-8")
        self.assertIn("probe on there (replayed)", run("report", str(result)).stdout)
        diff = self.document(self.replay(document, "probe", "--json", "--diff", str(result), "live").stdout,
                             "comparison")
        self.assertTrue(diff["same"])
        self.assertEqual([(diff[side]["hostname"], diff[side]["replayed"]) for side in "ab"],
                         [("there", True), ("there", True)])

    def test_rings_of_another_byte_order_and_page_size(self):
        done = self.replay(BIG_ENDIAN, "dump", "42", "--json", "--samples=1")
        self.assertEqual((done.returncode, done.stderr), (EXIT_OK, ""))
        document = self.document(done.stdout, "dump")
        self.assertEqual(document["host"], ELSEWHERE)
        ring, = document["rings"]
        self.assertEqual([ring["header"][key] for key in ("sq_head", "sq_tail", "sq_entries", "cq_tail", "cq_entries")],
                         [0x10203, 0x10205, SQ, 5, CQ])
        # Three pages of 16k hold the rings; CQEs of 32 bytes would need five.
        self.assertEqual((ring["entries"]["cqe_bytes"], ring["entries"]["cqe_certainty"]), (16, "certain"))
        read, poll = ring["sqes"]["list"]
        self.assertEqual([read[key] for key in ("op", "fd", "off", "addr", "len", "user_data", "buf_index")],
                         ["READ", 7, 0x102030405, 0x1020304050607, 4096, 0x1122334455667788, 258])
        self.assertEqual((poll["op"], poll["op_flag_names"]), ("POLL_ADD", ["IN", "ET"]))
        cqe, = ring["cqes"]["list"]
        self.assertEqual([cqe[key] for key in ("user_data", "res", "flags")], [0x8877665544332211, -5, 0x10001])

    def test_only_where_a_kernel_is_asked(self):
        for command in "bench", "compare", "qualify", "report":
            for option in "--record", "--replay":
                self.assertIn("not for measurements", self.refuses(EXIT_USAGE, command, f"{option}={KERNEL}", "x"))
        self.assertIn("does not change", self.refuses(EXIT_USAGE, "dump", "--watch=1s", f"--replay={KERNEL}"))

    def test_a_missing_recording(self):
        line = self.refuses(EXIT_RUNTIME, "probe", "--replay", str(self.folder / "none"))
        self.assertIn("No such file or directory", line)

    def test_an_incomplete_recording_is_no_crash(self):
        path = self.folder / "recording.json"
        run("probe", "--record", str(path))
        recording = json.loads(path.read_text("utf-8"))
        calls = recording["calls"]
        for keep in range(0, len(calls), max(1, len(calls) // 24)):
            recording["calls"] = calls[:keep]
            path.write_text(json.dumps(recording), encoding="utf-8")
            done = run("probe", "--json", "--replay", str(path))
            self.assertIn(done.returncode, (0, 3, 4, 77), done.stderr)
            if done.returncode != EXIT_RUNTIME:
                self.document(done.stdout, "probe")


main()
