from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Iterator

import pytest

from chainfaas.domain import errors
from chainfaas.domain.errors import ChainFaaSError, NotFoundError


def tree(kind: type[ChainFaaSError]) -> Iterator[type[ChainFaaSError]]:
    if kind.__module__ == errors.__name__:
        yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


KINDS = list(tree(ChainFaaSError))


def test_tree__codes__kebab_case_and_different() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(KINDS)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize("kind", KINDS)
def test_tree__each_kind__stands_in_the_module_docstring(kind: type[ChainFaaSError]) -> None:
    assert errors.__doc__ is not None
    assert kind.__name__ in errors.__doc__


@pytest.mark.parametrize("kind", KINDS)
def test_error__without_arguments__speaks_in_two_sentences(kind: type[ChainFaaSError]) -> None:
    error = kind()
    assert error.message.endswith(".")
    assert error.remedy.endswith(".")
    assert str(error) == f"{error.message} {error.remedy}"


def test_error__with_arguments__keeps_them() -> None:
    error = NotFoundError("There is no job 7.", remedy="Ask for job 6.")
    assert (error.message, error.remedy) == ("There is no job 7.", "Ask for job 6.")


def test_error__copied_or_sent_to_another_process__keeps_all() -> None:
    error = NotFoundError("There is no job 7.", remedy="Ask for job 6.")
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own bytes
        assert type(twin) is NotFoundError
        assert str(twin) == str(error)
