"""Reading the members of messages: every refusal is an `InvalidMessageError` that names the place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.encodings import check_unsigned
from chainfaas.domain.errors import InvalidInputError
from chainfaas.domain.identifiers import JobId, job_id
from chainfaas.domain.json_fields import JsonFields
from chainfaas.domain.wire.errors import InvalidMessageError

MAX_LIST_ITEMS = 1_000
"""The longest list that a message may have."""
_MICROSECOND_BITS = 53

_T = TypeVar("_T")
_Key = TypeVar("_Key", bound=Hashable)


def members(value: JsonValue, path: str, names: tuple[str, ...]) -> JsonFields:
    """Take an object that has exactly these members.

    Raises:
        InvalidMessageError: it is no object, or has others.
    """
    return JsonFields(value, path, InvalidMessageError, required=names)


@contextmanager
def refusing(path: str) -> Iterator[None]:
    """Turn every refusal of a value into one of the message that holds it.

    Raises:
        InvalidMessageError: for any other invalid input that the block meets.
    """
    try:
        yield
    except InvalidMessageError:
        raise
    except InvalidInputError as fault:
        raise InvalidMessageError(f"{path} is not valid: {fault.message}") from fault


def elements(fields: JsonFields, name: str, parse: Callable[[JsonValue], _T]) -> tuple[_T, ...]:
    """Read a list of at most `MAX_LIST_ITEMS`.

    Raises:
        InvalidMessageError: it is no list, too long, or ``parse`` refuses an element.
    """
    value = fields.value(name)
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise fields.refusal(name, "is not a list")
    if len(value) > MAX_LIST_ITEMS:
        raise fields.refusal(name, f"has {len(value)} elements, above {MAX_LIST_ITEMS}")
    with refusing(name):
        return tuple(parse(element) for element in value)


def job_ids(fields: JsonFields, name: str) -> tuple[JobId, ...]:
    """Read a list of job ids, none of them twice.

    Raises:
        InvalidMessageError: it is no such list.
    """
    found = elements(fields, name, _job_id)
    check_distinct(name, found)
    return found


def optional(fields: JsonFields, name: str, parse: Callable[[JsonValue], _T]) -> _T | None:
    """Read a member that may be null.

    Raises:
        InvalidMessageError: it is neither null nor what ``parse`` takes.
    """
    value = fields.value(name)
    return None if value is None else parse(value)


def unsigned(fields: JsonFields, name: str, bits: int = 32, *, least: int = 0) -> int:
    """Read a number that is not negative.

    Args:
        fields: The object.
        name: The member.
        bits: Width that it must fit.
        least: Smallest number allowed.

    Raises:
        InvalidMessageError: it is no integer, or does not fit.
    """
    value = fields.integer(name)
    check_unsigned(name, value, bits, least=least, error=InvalidMessageError)
    return value


def microseconds(fields: JsonFields, name: str) -> int:
    """Read a duration or a size that JSON carries exactly, up to 2^53 - 1.

    Raises:
        InvalidMessageError: it is no such number.
    """
    return unsigned(fields, name, _MICROSECOND_BITS)


def check_distinct(name: str, keys: Sequence[_Key]) -> None:
    """Refuse a list in which something comes twice.

    Raises:
        InvalidMessageError: it does.
    """
    if len(set(keys)) != len(keys):
        raise InvalidMessageError(f"{name} names something twice.")


def _job_id(value: JsonValue) -> JobId:
    if not isinstance(value, str):
        raise InvalidMessageError("A job id is not a decimal string.")
    return job_id(value)
