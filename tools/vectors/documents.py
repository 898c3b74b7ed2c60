"""Vectors of signatures, content hashes, manifests and the portable receipt."""

from __future__ import annotations

import json

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.content_hashes import content_hash, file_hash, json_hash
from chainfaas.domain.encodings import format_hex
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.receipt_documents import ReceiptDocument
from chainfaas.domain.signatures import CURVE_ORDER, SIGNATURE_BYTES
from chainfaas.domain.typed_data import hash_receipt
from tools.vectors import samples

Json = dict[str, JsonValue]


def signature_vectors() -> Json:
    """Return keys, signatures over one digest, and signatures to refuse."""
    digest = samples.filler("digest")
    raw = samples.CONTROLLER.sign(digest).raw
    high_s = (CURVE_ORDER - int.from_bytes(raw[32:64], "big")).to_bytes(32, "big")
    mirror = raw[:32] + high_s + bytes((55 - raw[64],))
    return {
        "about": "r | s | v in 65 bytes, v 27 or 28, s in the lower half of the order, nonces of RFC 6979.",
        "warning": "These private keys are published. Never use them for anything but tests.",
        "keys": [
            {
                "name": signer.name,
                "privateKey": format_hex(samples.secret(signer.name)),
                "address": str(signer.key.address),
            }
            for signer in samples.SIGNERS
        ],
        "digest": format_hex(digest),
        "signatures": [
            {"signer": str(signer.key.address), "signature": str(signer.key.sign(digest))}
            for signer in samples.SIGNERS
        ],
        "refused": [
            {"why": "high s", "signature": format_hex(mirror)},
            {"why": "64 bytes", "signature": format_hex(raw[: SIGNATURE_BYTES - 1])},
            {"why": "66 bytes", "signature": format_hex(raw + b"\0")},
            {"why": "v is 0 or 1", "signature": format_hex(raw[:64] + bytes((raw[64] - 27,)))},
            {"why": "r is zero", "signature": format_hex(bytes(32) + raw[32:])},
            {"why": "s is zero", "signature": format_hex(raw[:32] + bytes(32) + raw[64:])},
            {"why": "r is the order", "signature": format_hex(CURVE_ORDER.to_bytes(32, "big") + raw[32:])},
        ],
    }


def content_hash_vectors() -> Json:
    """Return salted and unsalted hashes of content."""
    contents = {"input": samples.INPUT, "output": samples.OUTPUT, "empty": b""}
    return {
        "about": "contentHash = sha256(invocation id, 32 bytes | content); of metrics and sandbox the "
        "content is their canonical JSON (RFC 8785). fileHash = sha256(content), for what is public.",
        "invocationId": format_hex(samples.INVOCATION.raw),
        "contents": [
            {
                "name": name,
                "content": format_hex(content),
                "contentHash": format_hex(content_hash(samples.INVOCATION, content)),
                "fileHash": format_hex(file_hash(content)),
            }
            for name, content in contents.items()
        ],
        "metrics": {
            "value": samples.METRICS.as_json(),
            "contentHash": format_hex(samples.METRICS.hash_for(samples.INVOCATION)),
        },
        "sandbox": {
            "value": samples.SANDBOX,
            "contentHash": format_hex(json_hash(samples.INVOCATION, samples.SANDBOX)),
        },
    }


def manifest_vectors() -> Json:
    """Return manifests with their canonical bytes, and changes that make one refused."""
    image = Image("127.0.0.1:5000/examples/word-count", "sha256:" + samples.filler("image").hex())
    least = Manifest(image, "text/plain", Mode.ONESHOT, Warm(prestart=True, reuse=False), (), 1)
    whole = Manifest(
        image=image,
        content_type="application/json; charset=utf-8",
        mode=Mode.STREAM,
        warm=Warm(prestart=True, reuse=True),
        environment=(("GREETING", 'Grüße, "Welt"\n'), ("LANG", "C.UTF-8")),
        output_limit_bytes=6_291_456,
        name="word-count",
        command=("/usr/bin/python3", "-m", "word_count"),
    )
    return {
        "about": "canonical is what is published: UTF-8 text of RFC 8785, at most 4096 bytes. Each refused "
        "change replaces members of the first manifest; null takes the member out.",
        "manifests": [
            {
                "canonical": manifest.canonical_bytes.decode(),
                "imageDigest": format_hex(manifest.image.digest_bytes),
            }
            for manifest in (least, whole)
        ],
        "refused": [
            {"schema": "chainfaas/manifest/2"},
            {"warm": None},
            {"surprise": 1},
            {"name": "Word Count"},
            {"image": {"repository": "word-count:latest", "digest": image.digest}},
            {"image": {"repository": "word-count", "digest": "latest"}},
            {"command": []},
            {"contentType": "text/plain\r\nX: y"},
            {"mode": "forever"},
            {"warm": {"prestart": True, "reuse": True}},
            {"environment": {"A B": ""}},
            {"outputLimit": 0},
            {"outputLimit": 6_291_457},
        ],
    }


def receipt_vectors() -> Json:
    """Return a portable receipt and what its verification yields."""
    receipt_hash = hash_receipt(samples.RECEIPT)
    digest = samples.DOMAIN.digest(receipt_hash)
    document = ReceiptDocument(
        domain=samples.DOMAIN,
        assignment=samples.ASSIGNMENT,
        work=samples.WORK,
        receipt=samples.RECEIPT,
        controller=samples.CONTROLLER.address,
        operator=samples.OPERATOR.address,
        controller_signature=samples.CONTROLLER.sign(digest),
        operator_signature=samples.OPERATOR.sign(digest),
    )
    canonical = document.canonical_bytes.decode()
    return {
        "about": "A valid document as canonical JSON text. Each fault replaces a text in it, once.",
        "canonical": canonical,
        "document": json.loads(canonical),
        "receiptHash": format_hex(receipt_hash),
        "output": format_hex(samples.OUTPUT),
        "faults": [
            _fault('"attempt":1', '"attempt":2', "work-mismatch"),
            _fault('"versionId":3', '"versionId":4', "assignment-mismatch"),
            _fault('"runMs":42', '"runMs":41', "operator-signature", "controller-signature"),
            _fault('"chainId":"2718', '"chainId":"2719', "operator-signature", "controller-signature"),
        ],
    }


def _fault(replaced: str, by: str, *faults: str) -> Json:
    return {"replace": replaced, "by": by, "faults": faults}
