"""The OpenAPI document tells everything: what each operation does, what it takes, what it answers, and with examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from postwright.web.app import create_app
from tests.mallory.test_matrix import LINES

_METHODS = {"get", "post", "put", "patch", "delete"}
# Named by what they are; an example would say the same again.
_PLAIN = {"boolean"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app().openapi()


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        yield from ((method, path, operation) for method, operation in item.items() if method in _METHODS)


def test_every_operation_says_what_it_does_and_who_may(document: dict[str, Any]):
    for method, path, operation in _operations(document):
        assert operation["summary"], (method, path)
        told = operation["description"].split("\n\n")
        assert any(each.startswith("Needs ") for each in told), (method, path)
        assert len(told) > 1, f"{method} {path} says only who may"
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query":
                assert parameter.get("description"), (method, path, parameter["name"])


def test_what_only_the_operator_may_says_so(document: dict[str, Any]):
    asked = {(each.method.lower(), each.path) for each in LINES if each.role == "operator" and each.api}
    told = {
        (method, path) for method, path, operation in _operations(document)
        if "Needs the operator of the installation; not open to keys." in operation["description"].split("\n\n")
    }  # fmt: skip
    assert told == asked != set()


def test_errors_are_problems_and_documented(document: dict[str, Any]):
    for method, path, operation in _operations(document):
        answers = operation["responses"]
        assert {"422", "4XX", "5XX"} <= set(answers), (method, path)
        if "{" in path:
            assert "404" in answers, (method, path)
        if any(each["name"] == "If-Match" for each in operation.get("parameters", ())):
            assert "412" in answers, (method, path)
    for status, told in document["components"]["responses"].items():
        problem = told["content"]["application/problem+json"]["example"]
        assert (problem["status"], problem["type"]) == (int(status), f"/docs/errors#{problem['code']}")


def test_lists_page_alike(document: dict[str, Any]):
    """Whatever takes a cursor takes a limit, and both are told in one way."""
    told, paged = set(), []
    for method, path, operation in _operations(document):
        named = {each["name"]: each for each in operation.get("parameters", ())}
        if "after" in named:
            paged.append(path)
            assert (method, named["limit"]["schema"]["maximum"]) == ("get", 200), path
            if path != "/api/v1/events":  # there `after` may also be "now", and says so
                told.add((named["after"]["description"], named["limit"]["description"]))
    assert len(told) == 1
    assert len(paged) > 12


def test_schemas_have_names_of_their_own(document: dict[str, Any]):
    """Two models of one name would stand there under the paths of their files."""
    told = document["components"]["schemas"]
    assert [name for name, schema in told.items() if "__" in name and "properties" in schema] == []


def test_every_field_has_an_example_or_says_it_by_its_kind(document: dict[str, Any]):
    bare = []
    for name, schema in document["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items():
            if not ({"examples", "$ref", "enum", "const"} & set(told)) and not _says_itself(told):
                bare.append(f"{name}.{field}")
    assert bare == []


def _says_itself(told: dict[str, Any]) -> bool:
    """A truth value, a moment, a list or map of other schemas, one of several of them."""
    if told.get("type") in _PLAIN or told.get("format") == "date-time" or ("default" in told and told.get("type") == "integer"):
        return True
    inner = told.get("items") or told.get("additionalProperties")
    return (isinstance(inner, dict) and "$ref" in inner) or any("$ref" in each or "items" in each for each in told.get("anyOf", ()))
