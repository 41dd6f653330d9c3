# SPDX-License-Identifier: MIT
"""A recording, replayed, gives the result that was recorded, and no question reaches the kernel."""
import json
import os

from cli import Case, EXIT_RUNTIME, EXIT_USAGE, main, run

UNDER_SECCOMP = os.environ["UNDER_SECCOMP"]


def same_part(document):
    return {key: value for key, value in document.items() if key not in ("time", "command")}


class Recording(Case):
    def test_replay_is_the_result_that_was_recorded(self):
        path = str(self.folder / "recording.json")
        live = run("probe", "--json", "--record", path)
        self.assertEqual(live.stderr, "")
        with open(path, encoding="utf-8") as file:
            recording = self.document(file.read(), "recording")
        self.assertGreaterEqual(len(recording["calls"]), 5)
        for under in [], [UNDER_SECCOMP, "kill"]:
            replayed = run("probe", "--json", "--replay", path, under=under)
            self.assertEqual((replayed.returncode, replayed.stderr), (live.returncode, ""))
            self.assertEqual(same_part(self.document(replayed.stdout, "probe")),
                             same_part(self.document(live.stdout, "probe")))

    def test_bad_recordings(self):
        for text, says in ("", ":1: not valid JSON"), \
                ("{\n\n]", ":3: not valid JSON"), \
                ("[" * 1000, ":1: nested deeper than"), \
                ("{}", ": key 'calls': missing"), \
                ('{"calls": [{"question": 1}]}', ": calls[0]: key 'question': text expected"):
            with self.subTest(text[:20]):
                path = self.folder / "bad.json"
                path.write_text(text, encoding="utf-8")
                self.assertIn(f"{path}{says}", self.refuses(EXIT_USAGE, "probe", "--replay", str(path)))

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
