# SPDX-License-Identifier: MIT
"""The schemas themselves: valid, strict, and one envelope for all."""
from cli import Case, SCHEMAS, commands, jsonschema, main, schema

ENVELOPE = "schema_version", "tool", "host", "time", "command"
KINDS = sorted(path.name.split(".")[0] for path in SCHEMAS.glob("*.schema.json"))
# What the forms of a command print, and what the program reads.
FORMS = ("catalogue", "check", "comparison", "curve", "macros", "requirements",
         "sweep")
INPUTS = {"plan", "profile"}


def objects(node):
    """Every subschema that describes an object."""
    if isinstance(node, dict):
        if "properties" in node and isinstance(node["properties"], dict):
            yield node
        for value in node.values():
            yield from objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from objects(value)


def named(node, name):
    """Every subschema that is called so."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == name:
                yield value
            yield from named(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from named(value, name)


class Schemas(Case):
    def test_one_for_every_kind_of_document(self):
        self.assertEqual(KINDS, sorted([*commands(), "recording", *FORMS, *INPUTS]))

    def test_valid_and_of_their_kind(self):
        for kind in KINDS:
            jsonschema.Draft202012Validator.check_schema(schema(kind))
            self.assertEqual(schema(kind)["properties"]["kind"], {"const": kind})

    def test_one_envelope(self):
        for kind in set(KINDS) - INPUTS:
            for key in ENVELOPE:
                self.assertEqual(schema(kind)["properties"][key],
                                 schema("probe")["properties"][key], (kind, key))
                self.assertIn(key, schema(kind)["required"])

    def test_what_stands_in_several_is_the_same(self):
        """A job with its options, and a target, wherever they are met."""
        for name, mark in ("job", "rw"), ("target", "made"):
            parts = [(kind, part) for kind in sorted(set(KINDS) - INPUTS) for part in named(schema(kind), name)
                     if mark in part.get("properties", {})]
            self.assertGreater(len(parts), 1)
            for kind, part in parts:
                self.assertEqual(part, schema("bench")["properties"][name], (kind, name))

    def test_a_plan_has_every_knob_but_the_consents(self):
        planned = schema("plan")["properties"]["benchmarks"]["items"]["properties"]["job"]["properties"]
        options = schema("bench")["properties"]["job"]["properties"]
        consents = {"overwrite", "overwrite_signature", "destroy_data_on", "keep", "sqpoll_cpu", "numa_node"}
        self.assertEqual(set(options) - consents, {key for key in planned if key in options})
        self.assertEqual({key for key in planned if key not in options},
                         {key.removesuffix("_ns") for key in options if key.endswith("_ns")})

    def test_a_run_of_a_plan_has_all_that_bench_says(self):
        run = schema("qualify")["properties"]["results"]["items"]["properties"]["bench"]
        self.assertEqual(set(run["properties"]),
                         set(schema("bench")["properties"]) - {"kind", *ENVELOPE})

    def test_no_key_goes_unsaid(self):
        for kind in KINDS:
            for described in objects(schema(kind)):
                self.assertIn("additionalProperties", described, (kind, list(described["properties"])))

    def test_keys_are_snake_case(self):
        for kind in KINDS:
            for described in objects(schema(kind)):
                for key in described["properties"]:
                    self.assertRegex(key, r"\A[a-z][a-z0-9_]*\Z")


main()
