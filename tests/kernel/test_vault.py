"""Secrets at rest: they open under their key, for their purpose, and not otherwise."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from argosy.kernel.settings import Settings, SettingsInvalid
from argosy.kernel.vault import SecretUnreadable, Vault, open_vault

KEY = bytes(range(32))


def test_a_secret_opens_for_its_purpose_only() -> None:
    vault = Vault(KEY)
    sealed = vault.seal(b"word", "webhook_secret:1")
    assert b"word" not in sealed
    assert sealed != vault.seal(b"word", "webhook_secret:1")
    assert vault.unseal(sealed, "webhook_secret:1") == b"word"
    with pytest.raises(SecretUnreadable):
        vault.unseal(sealed, "webhook_secret:2")
    with pytest.raises(SecretUnreadable):
        vault.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), "webhook_secret:1")


def test_another_key_is_told_from_an_altered_secret() -> None:
    sealed = Vault(KEY).seal(b"word", "p")
    with pytest.raises(SecretUnreadable, match="ARGOSY_MASTER_KEY"):
        Vault(bytes(32)).unseal(sealed, "p")


def test_a_key_is_made_once_and_only_we_can_read_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path / "new"))
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(lambda _: open_vault(settings), range(8)))
    sealed = vaults[0].seal(b"word", "p")
    assert {vault.unseal(sealed, "p") for vault in vaults} == {b"word"}
    files = list((tmp_path / "new").iterdir())
    assert [file.name for file in files] == ["master.key"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600


@pytest.mark.parametrize("key", ["", "short", "ü" * 43, "!" * 44, "A" * 100])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(SettingsInvalid, match="32 bytes"):
        open_vault(Settings(master_key=key))


def test_a_key_may_be_set() -> None:
    text = base64.urlsafe_b64encode(KEY).decode().rstrip("=")
    sealed = Vault(KEY).seal(b"word", "p")
    assert open_vault(Settings(master_key=text)).unseal(sealed, "p") == b"word"
