from __future__ import annotations

import io
import json

import pytest
from chainfaas_kit import (
    BUNDLE,
    CALL,
    ERROR,
    ERROR_MAX_BYTES,
    HEADER,
    READY,
    RESULT,
    FunctionError,
    Handler,
    handler,
    hear,
    load,
    log,
    main,
    serve,
)
from hypothesis import given
from hypothesis import strategies as st

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def frames(*sent: tuple[int, bytes]) -> io.BytesIO:
    return io.BytesIO(b"".join(HEADER.pack(kind, len(content)) + content for kind, content in sent))


def conversation(source: str, *calls: bytes) -> list[tuple[int, bytes]]:
    said = io.BytesIO()
    serve(frames((BUNDLE, source.encode()), *((CALL, content) for content in calls)), said)
    said.seek(0)
    answers = []
    while (frame := hear(said)) is not None:
        answers.append(frame)
    return answers


def test_answer__no_annotation__bytes_as_they_came() -> None:
    assert handler(lambda content: content[::-1]).answer(b"\x00\xff") == b"\xff\x00"


def test_answer__text_annotated__text_both_ways() -> None:
    @handler
    def shout(text: str) -> str:
        return text.upper()

    assert shout.answer("für".encode()) == "FÜR".encode()
    with pytest.raises(FunctionError, match="no UTF-8"):
        shout.answer(b"\xff")


def test_answer__object_annotated__json_both_ways() -> None:
    @handler
    def total(order: dict[str, list[int]]) -> dict[str, int]:
        return {"total": sum(order["items"])}

    assert json.loads(total.answer(b'{"items": [1, 2]}')) == {"total": 3}


@given(JSON_VALUES)
def test_answer__json_asked_for__every_value_comes_back(value: object) -> None:
    same: Handler = handler(json=True)(lambda given: given)
    assert json.loads(same.answer(json.dumps(value).encode())) == value


def test_answer__json_asked_for_and_text_returned__is_a_json_text() -> None:
    @handler(json=True)
    def greet(name: object) -> object:
        return f"hi {name}"

    assert greet.answer(b'"you"') == b'"hi you"'


@pytest.mark.parametrize(
    ("wanted", "content", "fits"),
    [
        (dict, b"{}", True),
        (dict, b"[]", False),
        (list, b"[1]", True),
        (int, b"1", True),
        (int, b"1.5", False),
        (int, b"true", False),
        (float, b"1", True),
        (float, b"true", False),
        (bool, b"true", True),
        (bool, b"1", False),
        (object, b"null", True),
    ],
)
def test_answer__each_annotation__takes_what_fits_it(wanted: type, content: bytes, fits: bool) -> None:
    def take(value: object) -> None:
        del value

    take.__annotations__["value"] = wanted
    if fits:
        assert handler(take).answer(content) == b""
    else:
        with pytest.raises(FunctionError, match="the input is not"):
            handler(take).answer(content)


@pytest.mark.parametrize("returned", [object(), float("nan"), {1, 2}])
def test_answer__what_is_no_json_returned__function_error(returned: object) -> None:
    with pytest.raises(FunctionError, match="output is no JSON"):
        handler(lambda _: returned).answer(b"")


@pytest.mark.parametrize(
    ("returned", "output"), [(None, b""), (bytearray(b"a"), b"a"), (memoryview(b"b"), b"b"), ([1], b"[1]")]
)
def test_answer__whatever_is_returned__is_bytes(returned: object, output: bytes) -> None:
    assert handler(lambda _: returned).answer(b"") == output


def test_handler__called_by_hand__is_the_function() -> None:
    @handler
    def double(number: int) -> int:
        """Twice."""
        return number * 2

    assert (double(4), double.__doc__) == (8, "Twice.")


def test_serve__bundle_and_calls__ready_then_an_answer_each() -> None:
    source = "from chainfaas_kit import handler\n@handler\ndef f(n: int) -> int:\n    return n + 1\n"
    assert conversation(source, b"1", b"41") == [(READY, b""), (RESULT, b"2"), (RESULT, b"42")]


def test_serve__undecorated_handle__serves_it() -> None:
    assert conversation("def handle(content): return content", b"x") == [(READY, b""), (RESULT, b"x")]


def test_serve__a_call_that_fails__the_next_is_served(capsys: pytest.CaptureFixture[str]) -> None:
    source = (
        "from chainfaas_kit import FunctionError, handler\n"
        "@handler\n"
        "def f(text: str) -> str:\n"
        "    print('got', text)\n"
        "    if text == 'a': raise FunctionError('never a')\n"
        "    return str(1 // int(text))\n"
    )
    assert conversation(source, b"a", b"0", b"1") == [
        (READY, b""),
        (ERROR, b"never a\n"),
        (ERROR, b""),
        (RESULT, b"1"),
    ]
    captured = capsys.readouterr()
    assert captured.out == "got a\ngot 0\ngot 1\n"
    assert "ZeroDivisionError" in captured.err
    assert "chainfaas_kit.py" not in captured.err  # the developer's own lines are what helps


def test_serve__long_reason__cut_to_what_a_frame_may_hold() -> None:
    source = "import chainfaas_kit\ndef handle(content): raise chainfaas_kit.FunctionError('x' * 100_000)"
    [_, (kind, reason)] = conversation(source, b"")
    assert (kind, len(reason)) == (ERROR, ERROR_MAX_BYTES)


def test_serve__exit_in_a_call__ends_the_process() -> None:
    with pytest.raises(SystemExit) as ended:
        conversation("import sys\ndef handle(content): sys.exit(3)", b"")
    assert ended.value.code == 3


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"x = 1", "no function handle"),
        (b"from chainfaas_kit import handler\na = handler(len)\nb = handler(len)", "more than one"),
    ],
)
def test_load__not_one_function__says_so(source: bytes, reason: str) -> None:
    with pytest.raises(SystemExit, match=reason):
        load(source)


def test_serve__no_bundle__says_so() -> None:
    with pytest.raises(SystemExit, match="needs a bundle"):
        serve(frames((CALL, b"")), io.BytesIO())


def test_serve__function_in_the_image__needs_no_bundle() -> None:
    said = io.BytesIO()
    serve(frames((CALL, b"ab")), said, b"def handle(content): return content * 2")
    assert said.getvalue().endswith(b"abab")


def test_main__unknown_words__says_how_it_is_called() -> None:
    with pytest.raises(SystemExit, match="usage"):
        main(["twice", "x"])


def test_log__its_name__functions_own() -> None:
    assert log.name == "function"
