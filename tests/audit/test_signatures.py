"""Models signed with the tool of OpenSSF."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

import joblib
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

from assay import audit
from assay.audit import ModelError, digest
from assay.audit.signatures import content_of

signing = pytest.importorskip("model_signing.signing", reason="needs model-signing")
ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec")
serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")


def key_pair(folder: Path, name: str = "key", curve: Any = ec.SECP256R1) -> Any:
    """Leave NAME.pem and NAME.pub."""
    private = ec.generate_private_key(curve())
    form, public = serialization.PrivateFormat.PKCS8, serialization.PublicFormat.SubjectPublicKeyInfo
    pem = serialization.Encoding.PEM
    (folder / f"{name}.pem").write_bytes(private.private_bytes(pem, form, serialization.NoEncryption()))
    (folder / f"{name}.pub").write_bytes(private.public_key().public_bytes(pem, public))
    return private


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A signed folder."""
    folder = tmp_path / "model"
    (folder / "weights").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "weights" / "one.bin").write_bytes(bytes(range(256)))
    key_pair(tmp_path)
    sign(folder)
    return folder


def sign(folder: Path, **how: Any) -> None:
    config = signing.Config()
    if how:
        config.use_certificate_signer(**how)
    else:
        config.use_elliptic_key_signer(private_key=folder.parent / "key.pem")
    config.sign(folder, folder / "model.sig")


def verified(folder: Path, key: str = "key.pub") -> tuple[str, str]:
    return content_of(folder, key, folder.parent)


def test_the_root_digest_of_the_signed_files_is_the_identity(model: Path) -> None:
    files = [model / "config.json", model / "weights" / "one.bin"]  # by name
    root = hashlib.sha256(b"".join(hashlib.sha256(one.read_bytes()).digest() for one in files)).hexdigest()
    assert verified(model) == (f"sha256:{root}", "root digest of its signature model.sig, verified with key.pub")
    key_pair(model.parent, "key", ec.SECP384R1)
    (model / "model.sig").unlink()
    sign(model)
    assert verified(model)[0] == f"sha256:{root}"


def test_files_that_are_not_what_was_signed_are_named(model: Path) -> None:
    weights = model / "weights" / "one.bin"
    for place in (0, 100, 255):
        content = bytearray(range(256))
        content[place] ^= 1
        weights.write_bytes(bytes(content))
        with pytest.raises(ModelError, match=r"model.sig does not hold with key.pub: .*mismatch for weights/one.bin$"):
            verified(model)
    (model / "more.py").write_text("")
    with pytest.raises(ModelError, match=r"Extra files found in model 'model': more.py; Hash mismatch for weights"):
        verified(model)
    (model / "more.py").unlink()
    weights.unlink()
    with pytest.raises(ModelError, match=r"Missing files in model 'model': weights/one.bin$"):
        verified(model)


def test_a_signature_by_another_key_or_of_other_words_does_not_hold(model: Path) -> None:
    key_pair(model.parent, "other")
    with pytest.raises(ModelError, match=r"does not hold with other.pub: .*does not match the provided public key"):
        verified(model, "other.pub")
    bundle = json.loads((model / "model.sig").read_text())
    said = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    said["predicate"]["resources"].pop()
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(said).encode()).decode()
    (model / "model.sig").write_text(json.dumps(bundle))
    (model / "weights" / "one.bin").unlink()
    with pytest.raises(ModelError, match=r"does not hold with key.pub: InvalidSignature"):
        verified(model)
    (model / "model.sig").write_text("nothing")
    with pytest.raises(ModelError, match=r"does not hold with key.pub: JSONDecodeError"):
        verified(model)


def test_a_certificate_is_verified_up_to_the_one_that_is_trusted(tmp_path: Path, model: Path) -> None:
    x509 = pytest.importorskip("cryptography.x509")
    hashes = pytest.importorskip("cryptography.hazmat.primitives.hashes")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "signer")])
    start = datetime.datetime(2026, 1, 1)

    def certificate(path: str) -> None:
        private = key_pair(tmp_path)
        usage = x509.KeyUsage(True, False, False, False, False, True, False, False, False)
        made = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
            .serial_number(1).not_valid_before(start).not_valid_after(start + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(True, None), True).add_extension(usage, True)
            .sign(private, hashes.SHA256())
        )  # fmt: skip
        (tmp_path / path).write_bytes(made.public_bytes(serialization.Encoding.PEM))

    certificate("other.crt")
    certificate("own.crt")
    (model / "model.sig").unlink()
    sign(model, private_key=tmp_path / "key.pem", signing_certificate=tmp_path / "own.crt", certificate_chain=[tmp_path / "own.crt"])  # fmt: skip
    assert verified(model, "own.crt")[0].startswith("sha256:")
    with pytest.raises(ModelError, match=r"does not hold with other.crt"):
        verified(model, "other.crt")


def test_without_a_key_it_is_said_that_nothing_was_verified(model: Path) -> None:
    assert content_of(model, None, model.parent) == (
        digest.of_path(model),
        "the files that it was opened from; their signature model.sig is not verified, as no model.public_key is named",
    )
    (model / "model.sig").write_text('{"verificationMaterial": {"certificate": {}}}')
    assert content_of(model, None, model.parent)[1].endswith("which asks a service on the internet who signed")


def test_a_key_without_a_signature_and_two_signatures_are_refused(model: Path) -> None:
    (model / "b.sig").write_text("{}")
    with pytest.raises(ModelError, match=r"several signatures: b.sig, model.sig"):
        verified(model)
    for one in model.glob("*.sig"):
        one.unlink()
    with pytest.raises(ModelError, match=r"model.public_key: 'model' carries no signature"):
        verified(model)
    sign(model)
    with pytest.raises(ModelError, match=r"model.public_key .*nobody.pub: no such file"):
        verified(model, "nobody.pub")


def test_the_record_of_a_signed_file_holds_its_root_digest(tmp_path: Path) -> None:
    key_pair(tmp_path)
    x, y = load_breast_cancer(return_X_y=True)
    path = tmp_path / "m.joblib"
    joblib.dump(LogisticRegression(max_iter=9999).fit(x[:, :3], y), path)
    signing.Config().use_elliptic_key_signer(private_key=tmp_path / "key.pem").sign(path, tmp_path / "m.joblib.sig")
    model = {"path": str(path), "public_key": str(tmp_path / "key.pub")}
    plan = {"model": model, "checks": {"include": ["accuracy.accuracy"]}}
    with pytest.raises(ModelError, match="can run code"):  # a signature says who made it, not that it is harmless
        audit.run(None, audit.Dataset(x[:, :3], y), plan)
    record = audit.run(None, audit.Dataset(x[:, :3], y), {**plan, "model": {**model, "trust": digest.of_file(path)}})
    root = hashlib.sha256(bytes.fromhex(digest.of_file(path).removeprefix("sha256:"))).hexdigest()
    assert record.model.digest == f"sha256:{root}"
    assert record.model.digest_of.startswith("root digest of its signature m.joblib.sig")
