"""Secrets at rest: sealed with AES-256-GCM under the installation's master key.

A sealed secret is a format byte, four bytes that name the key, a nonce of 12 bytes and the
ciphertext with its tag. What it is for (`purpose`) is authenticated with it, so that a sealed
secret moved into another row does not open there.
"""

import base64
import binascii
import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from argosy.kernel.settings import Settings, SettingsInvalid

_FORMAT = b"\x01"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_HEAD = 1 + 4 + _NONCE_BYTES


class SecretUnreadable(RuntimeError):  # noqa: N818  (it names what is wrong)
    """A sealed secret does not open: another master key sealed it, or it was altered."""


class Vault:
    """Seals and opens secrets under one master key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        assert len(key) == _KEY_BYTES, "a master key has 32 bytes"
        self._cipher = AESGCM(key)
        self._name = hashlib.sha256(b"argosy master key" + key).digest()[:4]

    def seal(self, secret: bytes, purpose: str) -> bytes:
        """Return `secret` sealed for `purpose`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _FORMAT + self._name + nonce + self._cipher.encrypt(nonce, secret, purpose.encode())

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        """Return what was sealed for `purpose`; raises SecretUnreadable."""
        if sealed[1:5] != self._name:
            raise SecretUnreadable(
                "The secret was sealed under another master key; set ARGOSY_MASTER_KEY to that one."
            )
        try:
            return self._cipher.decrypt(sealed[5:_HEAD], sealed[_HEAD:], purpose.encode())
        except InvalidTag:
            raise SecretUnreadable("The sealed secret was altered or is of another row.") from None


def open_vault(settings: Settings) -> Vault:
    """Return the vault of this installation; its key is made in `data_dir` when there is none.

    Raises SettingsInvalid when the key is not 32 bytes in URL-safe base64. Processes on several
    machines need the same key and so the setting.
    """
    if settings.master_key is not None:
        return Vault(_decoded(settings.master_key, "ARGOSY_MASTER_KEY"))
    path = settings.data_path / "master.key"
    if not path.exists():
        _make_key(path)
    return Vault(_decoded(path.read_text(encoding="ascii"), str(path)))


def _decoded(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip() + "=" * (-len(text.strip()) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise SettingsInvalid(f"{where} must hold 32 bytes in URL-safe base64")
    return key


def _make_key(path: Path) -> None:
    """Write a new key that only we can read; of several makers at once, the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    text = base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES))
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        return  # Somebody else was first, and theirs is the key.
    finally:
        fresh.unlink()
