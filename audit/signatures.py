"""Signatures of models (OpenSSF model signing, v1): where they lie, and whether the files are what was signed.

Verified, the root digest of the signed manifest is what a model is known by: SHA-256 over the digests of its files in the
order of their names, which does not change when the model is signed again.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

from . import digest
from .errors import ModelError
from .opening import available, present

ENDS = (".sig", ".sig.json", ".sigstore.json")
FILES = "the files that it was opened from"


def content_of(path: Path, public_key: str | None, folder: Path) -> tuple[str, str]:
    """Digest of a model's files, and of what it was taken.

    Args:
        path: the file or folder.
        public_key: file with the public key of the signer, or with certificates that are trusted (PEM).
        folder: where a relative ``public_key`` starts.

    Raises:
        ModelError: a key is named, and there is no signature, or it is not by that key, or of other files.
    """
    signature = _signature(path)
    if public_key is None:
        why = "" if signature is None else f"; their signature {signature.name} is not verified, {_reason(signature)}"
        return digest.of_path(path), FILES + why
    if signature is None:
        raise ModelError(
            f"model.public_key: {path.name!r} carries no signature; expected a file such as model.sig in it"
        )
    key = present(folder / public_key, "model.public_key")
    available("model_signing", f"model.public_key: verifying {signature.name!r}")
    return _verified(path, signature, key), f"root digest of its signature {signature.name}, verified with {public_key}"


def _signature(path: Path) -> Path | None:
    """The signature in a folder, or beside a file.

    Raises:
        ModelError: there are several.
    """
    near = path.iterdir() if path.is_dir() else (path.with_name(path.name + end) for end in ENDS)
    found = sorted(one for one in near if one.name.endswith(ENDS) and one.is_file())
    if len(found) > 1:
        raise ModelError(f"model.path {path.name!r}: several signatures: {', '.join(one.name for one in found)}")
    return found[0] if found else None


def _reason(signature: Path) -> str:
    try:
        keyless = "certificate" in _bundle(signature)["verificationMaterial"]
    except (ValueError, KeyError, TypeError):
        return "it is no sigstore bundle"
    return "which asks a service on the internet who signed" if keyless else "as no model.public_key is named"


def _verified(path: Path, signature: Path, key: Path) -> str:
    """The root digest, after signature and files have been verified."""
    from model_signing import verifying

    where = f"model.path {path.name!r}: its signature {signature.name}"
    try:
        statement = json.loads(base64.b64decode(_bundle(signature)["dsseEnvelope"]["payload"]))
        config = verifying.Config().set_hashing_config(_hashing(statement["predicate"]["serialization"], signature))
        if b"BEGIN CERTIFICATE" in key.read_bytes():
            config.use_certificate_verifier(certificate_chain=[key])
        else:
            config.use_elliptic_key_verifier(public_key=key)
        config.verify(path.resolve(), signature.resolve())
    except Exception as error:  # of several libraries: of JSON, of cryptography, of model_signing
        raise ModelError(f"{where} does not hold with {key.name}: {_said(error)}") from error
    return f"sha256:{statement['subject'][0]['digest']['sha256']}"


def _bundle(signature: Path) -> Any:
    return json.loads(signature.read_bytes())


def _hashing(how: dict[str, Any], signature: Path) -> Any:
    """How the files were hashed; said by the signature, which is verified after them. It is no part of the model."""
    from model_signing import hashing

    config = hashing.Config()
    about = {"hashing_algorithm": how["hash_type"], "allow_symlinks": how["allow_symlinks"]}
    if how["method"] == "shards":
        config.use_shard_serialization(**about, shard_size=how["shard_size"])
    else:
        config.use_file_serialization(**about)
    return config.set_ignored_paths(paths=[signature.resolve()], ignore_git_paths=False)


def _said(error: Exception) -> str:
    """What is wrong; of files that differ their names, without the digests."""
    text = str(error)
    if text.startswith("Signature mismatch"):
        changed = [
            f"Hash mismatch for {name}" for name in re.findall(r"Hash mismatch for \\?'(.+?)\\?': Expected", text)
        ]
        others = re.findall(
            r"((?:Extra|Missing) files (?:found )?in model .+?)[\"']?(?:, [\"'](?=Missing|Hash)|]$)", text
        )
        text = "; ".join([*others, *changed])
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
