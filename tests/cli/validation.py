# SPDX-License-Identifier: MIT
"""Validators for schemas that refer to each other by file name."""
import json
import pathlib
import warnings

import jsonschema


def validator(path):
    """A validator for the schema in this file. The schemas that it refers to are in the same folder."""
    path = pathlib.Path(path).resolve()
    schema = json.loads(path.read_text("utf-8"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return jsonschema.Draft202012Validator(schema, resolver=jsonschema.RefResolver(path.as_uri(), schema))
