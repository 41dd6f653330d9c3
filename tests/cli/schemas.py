# SPDX-License-Identifier: MIT
"""The schemas: valid, strict, and with a common envelope."""
import json
import re

from cli import EXIT_OK, EXIT_USAGE, SCHEMAS, Case, commands, main, run, schema, validator
from validation import jsonschema

ENVELOPE = "schema_version", "tool", "host", "time", "command"
# Schemas that others refer to.
PARTS = {"common", "job"}
KINDS = sorted({path.name.split(".")[0] for path in SCHEMAS.glob("*.schema.json")} - PARTS)
# Documents that the program reads.
INPUTS = {"plan", "profile"}


def objects(node):
    """All subschemas that describe an object."""
    if isinstance(node, dict):
        if "properties" in node and isinstance(node["properties"], dict):
            yield node
        for value in node.values():
            yield from objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from objects(value)


def named(node, name):
    """All subschemas with this name."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == name:
                yield value
            yield from named(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from named(value, name)


class Schemas(Case):
    def test_every_command_and_input_has_one(self):
        """Every command and input has a schema; the tests of a command validate its output."""
        self.assertLessEqual({*commands(), "recording", *INPUTS}, set(KINDS))

    def test_valid_and_of_their_kind(self):
        for name in [*KINDS, *PARTS]:
            jsonschema.Draft202012Validator.check_schema(schema(name))
            self.assertEqual(schema(name)["$schema"], jsonschema.Draft202012Validator.META_SCHEMA["$id"], name)
        for kind in KINDS:
            self.assertEqual(schema(kind)["properties"]["kind"], {"const": kind})

    def test_every_reference_leads_somewhere(self):
        for name in [*KINDS, *PARTS]:
            for reference in named(schema(name), "$ref"):
                file, _, place = reference.partition("#")
                part = json.loads((SCHEMAS / file).read_text("utf-8")) if file else schema(name)
                for key in place.split("/")[1:]:
                    self.assertIn(key, part, (name, reference))
                    part = part[key]

    def test_one_envelope(self):
        for kind in set(KINDS) - INPUTS:
            for key in ENVELOPE:
                self.assertEqual(schema(kind)["properties"][key], {"$ref": f"common.schema.json#/$defs/{key}"}, (kind, key))
                self.assertIn(key, schema(kind)["required"])

    def test_what_stands_in_several_stands_once(self):
        """No description of an object is a copy of another one."""
        seen = {}
        for name in [*KINDS, *PARTS]:
            for part in objects(schema(name)):
                text = json.dumps(part, sort_keys=True)
                self.assertNotIn(text, seen, (name, list(part["properties"])))
                seen[text] = name

    def check(self, code, job):
        """Runs qualify --check on a plan with this job; EXIT_OK if it is valid."""
        plan = {"schema_version": 1, "kind": "plan", "name": "x", "benchmarks": [{"name": "x", "job": {"size": "1m", **job}}]}
        self.assertEqual(validator("plan").is_valid(plan), code == EXIT_OK)
        file = self.folder / "plan.json"
        file.write_text(json.dumps(plan), "utf-8")
        done = run("qualify", "--check", str(file))
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def test_what_a_job_is_comes_from_the_options(self):
        job, planned = schema("job")["$defs"]["job"], schema("job")["$defs"]["planned"]["properties"]
        self.assertEqual(job["required"], list(job["properties"]))
        options = set(re.findall(r"(?m)^  --([a-z-]+)", run("bench", "--help").stdout))
        for key in job["properties"]:
            plain = re.sub("_(ns|cpu|node)$", "", key)
            self.assertIn(plain.replace("_", "-"), options)
            if plain == key and key not in planned:
                with self.subTest(key):
                    self.assertIn("a plan cannot give consent to write", self.check(EXIT_USAGE, {key: None}))
        self.assertTrue({"overwrite", "overwrite_signature", "destroy_data_on", "keep"} <= set(job["properties"]) - set(planned))

    def test_a_plan_may_say_what_the_program_takes(self):
        """Words and ranges follow the option's row; times in seconds and in nanoseconds."""
        for job in {"rw": "randread"}, {"rw": None}, {"bs": 512}, {"bs": "4k"}, {"iodepth": 16384}, {"runtime": 86400}, \
                {"runtime_ns": 1000000}, {"sqpoll": True}, {"sqpoll": "on"}, {"coop_taskrun": False}, {"contents": "zero"}, \
                {"seed": 0}:
            with self.subTest(job):
                self.check(EXIT_OK, job)
        for job in {"rw": "reed"}, {"bs": 511}, {"bs": 4.5}, {"bs": True}, {"bs": 0}, {"iodepth": 16385}, {"runtime": 86401}, \
                {"runtime": 0}, {"runtime_ns": 999999}, {"runtime_ns": "1s"}, {"sqpoll": 65536}, {"direct": "yes"}, \
                {"lat": False}, {"contents": 1}, {"no_such": 1}:
            with self.subTest(job):
                self.check(EXIT_USAGE, job)

    def test_a_run_of_a_plan_has_all_that_bench_says(self):
        run = schema("qualify")["properties"]["results"]["items"]["properties"]["bench"]
        self.assertEqual(set(run["properties"]),
                         set(schema("bench")["properties"]) - {"kind", *ENVELOPE})

    def test_no_key_goes_unsaid(self):
        for kind in [*KINDS, *PARTS]:
            for described in objects(schema(kind)):
                self.assertIn("additionalProperties", described, (kind, list(described["properties"])))

    def test_keys_are_snake_case(self):
        for kind in [*KINDS, *PARTS]:
            for described in objects(schema(kind)):
                for key in described["properties"]:
                    self.assertRegex(key, r"\A[a-z][a-z0-9_]*\Z")


main()
