# SPDX-License-Identifier: MIT
"""The program's verdicts on recorded kernels, against reviewed ones."""
import json
import pathlib

from cli import Case, EXIT_OF_VERDICT, main, run, validator

HERE = pathlib.Path(__file__).resolve().parent
TABLES = "ops", "setup_flags", "features", "register_ops", "enter_flags", "sqe_flags", "cqe_flags", "op_flags"


def replayed(path):
    done = run("probe", "--json", "--replay", str(path))
    document = json.loads(done.stdout)
    validator("probe").validate(document)
    assert done.returncode == EXIT_OF_VERDICT[document["access"]["verdict"]], done.returncode
    return document


def rows_of(document):
    """Each row of the tables, with a unique name."""
    for table in TABLES:
        for row in document[table]:
            name = row["name"] or f"{table} {row['number']}"
            yield f"{row['area']}: {name}" if "area" in row else name, row


def verdicts(path):
    """For each constant: known, permitted and works."""
    document = replayed(path)
    summary = {"access": f"{document['access']['verdict']} {document['access']['cause']}",
               "contradictions": len(document["contradictions"])}
    for name, row in rows_of(document):
        summary[name] = f"{row['known']} {row['permitted']} {row['works']}"
    return summary


class Replay(Case):
    maxDiff = None

    def each(self):
        recordings = sorted(HERE.glob("*.json"))
        self.assertTrue(recordings)
        for path in recordings:
            with self.subTest(path.name):
                yield path

    def test_verdicts(self):
        for path in self.each():
            expected, found = json.loads((HERE / "expected" / path.name).read_text("utf-8")), verdicts(path)
            # Rows added after the recording; its kernel does not have these constants.
            for name in set(found) - set(expected):
                self.assertIn(found.pop(name).split()[0], ("no", "undecided"), name)
            self.assertEqual(found, expected)

    def test_no_question_was_left_unasked(self):
        for path in self.each():
            expected = json.loads((HERE / "expected" / path.name).read_text("utf-8"))
            for name, row in rows_of(replayed(path)):
                if name in expected:
                    self.assertNotIn("ENODATA", [e["result"] for e in row["evidence"]], f"{name}: record anew")

    def test_nothing_private(self):
        for path in self.each():
            recording = self.document(path.read_text("utf-8"), "recording")
            self.assertEqual(recording["host"]["hostname"], "host")
            self.assertRegex(recording["host"]["kernel"], r"\A[0-9.]+\Z")
            self.assertEqual(recording["command"], ["uringtool", "probe"])
            for call in recording["calls"]:
                for word in "/home", "/root", "/tmp", "Pid:", "Groups:":
                    self.assertNotIn(word, json.dumps(call), call["question"])

    def test_flags_that_no_call_has_room_for(self):
        recording = json.loads((HERE / "7.x.json").read_text("utf-8"))
        query = next(call for call in recording["calls"] if call["question"] == "register fd=-1 op=35 nr=0")
        masks = {"features": "feature_flags", "setup_flags": "ring_setup_flags", "enter_flags": "enter_flags",
                 "sqe_flags": "sqe_flags"}
        for mask in masks.values():
            query["io_uring_query"][mask] = str(query["io_uring_query"][mask] | 1 << 40 | 1 << 63)
        path = self.folder / "wide.json"
        path.write_text(json.dumps(recording), "utf-8")
        document = replayed(path)
        for table in masks:
            rows = {row["number"]: row for row in document[table]}
            self.assertEqual(len(rows), 64)
            for bit in 40, 63:
                self.assertEqual(rows[bit]["value"], 1 << bit)
                self.assertEqual([rows[bit][key] for key in ("known", "permitted", "works")], ["undecided"] * 3, table)
                self.assertIn("the call has room for", rows[bit]["evidence"][0]["result"])
            self.assertEqual(rows[0]["known"], "yes")

    def test_nothing_expected_of_nothing(self):
        self.assertEqual({path.name for path in HERE.glob("expected/*")},
                         {path.name for path in HERE.glob("*.json")})


if __name__ == "__main__":
    main()
