from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.canonical_json import encode_canonical_json
from chainfaas.domain.errors import InvalidManifestError
from chainfaas.domain.manifests import (
    MANIFEST_MAX_BYTES,
    Image,
    Manifest,
    Mode,
    Warm,
    manifest_of_json,
    parse_manifest,
)

DIGEST = "sha256:" + "ab" * 32
ABSENT = object()


def whole(**changes: object) -> dict[str, Any]:
    members: dict[str, object] = {
        "schema": "chainfaas/manifest/1",
        "name": "word-count",
        "image": {"repository": "127.0.0.1:5000/examples/word-count", "digest": DIGEST},
        "command": ["/word-count", "--fast"],
        "contentType": "application/json",
        "mode": "oneshot",
        "warm": {"prestart": True, "reuse": False},
        "environment": {"LANG": "C.UTF-8", "TZ": "UTC"},
        "outputLimit": 1_048_576,
    }
    members.update(changes)
    return {name: value for name, value in members.items() if value is not ABSENT}


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
manifests = st.builds(
    Manifest,
    image=st.just(Image("registry.example/a/b", DIGEST)),
    content_type=st.sampled_from(["text/plain; charset=utf-8", "image/png"]),
    mode=st.just(Mode.STREAM),
    warm=st.builds(Warm, prestart=st.booleans(), reuse=st.booleans()),
    environment=st.dictionaries(st.from_regex(r"[A-Z_]{1,8}", fullmatch=True), texts, max_size=4).map(
        lambda variables: tuple(sorted(variables.items()))
    ),
    output_limit_bytes=st.integers(1, 6 * 1024 * 1024),
    name=st.none() | st.from_regex(r"[a-z][a-z0-9]{0,62}", fullmatch=True),
    command=st.none() | st.lists(texts.filter(bool), min_size=1, max_size=4).map(tuple),
)


@given(manifests)
def test_parse_manifest__any__comes_back(manifest: Manifest) -> None:
    assert parse_manifest(manifest.canonical_bytes) == manifest


def test_parse_manifest__every_member__read() -> None:
    manifest = parse_manifest(encode_canonical_json(whole()))
    assert manifest == Manifest(
        image=Image("127.0.0.1:5000/examples/word-count", DIGEST),
        content_type="application/json",
        mode=Mode.ONESHOT,
        warm=Warm(prestart=True, reuse=False),
        environment=(("LANG", "C.UTF-8"), ("TZ", "UTC")),
        output_limit_bytes=1_048_576,
        name="word-count",
        command=("/word-count", "--fast"),
    )
    assert manifest.image.digest_bytes == b"\xab" * 32
    assert manifest.image.reference == f"127.0.0.1:5000/examples/word-count@{DIGEST}"


def test_manifest_of_json__name_and_command_absent__taken() -> None:
    manifest = manifest_of_json(whole(name=ABSENT, command=ABSENT))
    assert (manifest.name, manifest.command) == (None, None)


def image(**changes: object) -> dict[str, object]:
    return {"repository": "a/b", "digest": DIGEST} | changes


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"schema": "chainfaas/manifest/2"}, "schema"),
        ({"schema": ABSENT}, "schema"),
        ({"surprise": 1}, "surprise"),
        ({"name": None}, "name"),
        ({"name": "-a"}, "name"),
        ({"name": "A"}, "name"),
        ({"name": "a" * 64}, "name"),
        ({"image": "a/b"}, "image"),
        ({"image": image(tag="latest")}, "tag"),
        ({"image": image(repository="a/b:latest")}, "repository"),
        ({"image": image(repository="A/b")}, "repository"),
        ({"image": image(repository="http://a/b")}, "repository"),
        ({"image": image(repository="a//b")}, "repository"),
        ({"image": image(repository="a/../b")}, "repository"),
        ({"image": image(repository="a" * 256)}, "repository"),
        ({"image": image(repository="")}, "repository"),
        ({"image": image(digest="ab" * 32)}, "digest"),
        ({"image": image(digest="sha256:" + "AB" * 32)}, "digest"),
        ({"image": image(digest=DIGEST + "\n")}, "digest"),
        ({"command": []}, "command"),
        ({"command": "ls"}, "command"),
        ({"command": [""]}, "command"),
        ({"command": ["a", 1]}, "command"),
        ({"command": ["a", "\0"]}, "command"),
        ({"command": ["a"] * 65}, "command"),
        ({"contentType": "png"}, "contentType"),
        ({"contentType": "text/plain\r\nSet-Cookie: a=b"}, "contentType"),
        ({"contentType": "a/" + "b" * 126}, "contentType"),
        ({"mode": "forever"}, "mode"),
        ({"mode": 1}, "mode"),
        ({"warm": {"prestart": True}}, "reuse"),
        ({"warm": {"prestart": 1, "reuse": False}}, "prestart"),
        ({"warm": {"prestart": True, "reuse": True}}, "reuse"),
        ({"environment": []}, "environment"),
        ({"environment": {"A B": ""}}, "environment"),
        ({"environment": {"A": 1}}, "environment"),
        ({"environment": {"A": "\0"}}, "environment"),
        ({"environment": {f"A{number}": "" for number in range(33)}}, "environment"),
        ({"outputLimit": 0}, "outputLimit"),
        ({"outputLimit": 6 * 1024 * 1024 + 1}, "outputLimit"),
        ({"outputLimit": True}, "outputLimit"),
        ({"outputLimit": 1.5}, "outputLimit"),
        ({"environment": {"A": "a" * 4096}}, "longer"),
        ({"environment": {"A": "\ud800"}}, "canonical"),
    ],
)
def test_manifest_of_json__member_not_valid__refused_by_its_name(
    changes: dict[str, object], named: str
) -> None:
    with pytest.raises(InvalidManifestError, match=named):
        manifest_of_json(whole(**changes))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        json.dumps(whole()).encode(),
        encode_canonical_json(whole()) + b"\n",
        b"[" * (MANIFEST_MAX_BYTES + 1),
    ],
)
def test_parse_manifest__not_the_canonical_bytes_of_an_object__refused(raw: bytes) -> None:
    with pytest.raises(InvalidManifestError):
        parse_manifest(raw)


def test_manifest__environment_unsorted_or_twice__refused() -> None:
    for environment in ((("B", ""), ("A", "")), (("A", ""), ("A", ""))):
        with pytest.raises(InvalidManifestError, match="environment"):
            Manifest(
                Image("a", DIGEST), "a/b", Mode.ONESHOT, Warm(prestart=True, reuse=False), environment, 1
            )
