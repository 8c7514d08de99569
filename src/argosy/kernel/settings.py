"""Settings: from the environment (ARGOSY_*) over one TOML file over defaults, checked at start."""

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

_KEY = re.compile(r"^\s*[A-Za-z0-9_-]{43}=?\s*$")


class SettingsInvalid(ValueError):  # noqa: N818  (it names what is wrong)
    """A setting cannot be used; the message names it, what it is and what it may be."""


def _described(text: str, **limits: Any) -> Meta:
    return Meta(description=text, **limits)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that differs between one installation and another."""

    database_url: Annotated[
        str | None,
        _described("Any PostgreSQL ≥ 15, instead of the embedded one (postgresql://…)."),
    ] = None
    data_dir: Annotated[str, _described("Where the embedded PostgreSQL and other files live.")] = (
        "~/.local/share/argosy"
    )
    host: Annotated[str, _described("The address that `argosy serve` listens on.")] = "127.0.0.1"
    port: Annotated[int, _described("The port that `argosy serve` listens on.", ge=0, le=65535)] = (
        8000
    )
    pool_size: Annotated[
        int,
        _described("Connections to the database per process, for each of two pools.", ge=1, le=200),
    ] = 8
    log_level: Annotated[
        str, _described("Least severity that is logged.", pattern="^(debug|info|warning|error)$")
    ] = "info"
    log_format: Annotated[
        str,
        _described("json for machines, console for people.", pattern="^(json|console)$"),
    ] = "console"
    body_limit_bytes: Annotated[
        int, _described("Largest request body that is read.", ge=1024, le=2**31)
    ] = 32 * 1024 * 1024
    most_waiting: Annotated[
        int, _described("Requests that may wait for a coalesced commit before 503.", ge=1)
    ] = 10_000
    requests_per_second: Annotated[
        int,
        _described("Requests a key may make per second and server process; 0 is no limit.", ge=0),
    ] = 0
    metrics_open: Annotated[
        bool, _described("Answer /metrics without a key to callers on this machine.")
    ] = False
    buckets_at_once: Annotated[
        int,
        _described("Job buckets claimed together: 16; 1 on a distributed database.", ge=1, le=16),
    ] = 16
    master_key: Annotated[
        str | None,
        _described(
            "Encrypts secrets at rest (32 bytes, URL-safe base64); made in data_dir if none."
        ),
    ] = None
    outgoing_allow: Annotated[
        list[str],
        _described("Networks (CIDR) that webhooks may reach although they are private."),
    ] = []
    sandbox_gateway: Annotated[
        bool,
        _described(
            "Take payments of the gateway sandbox, which moves no money; false for real business."
        ),
    ] = True
    otlp_endpoint: Annotated[
        str | None, _described("Where OpenTelemetry traces are sent (OTLP over HTTP).")
    ] = None

    @property
    def data_path(self) -> Path:
        """Return `data_dir` as a path, ~ expanded."""
        return Path(self.data_dir).expanduser().absolute()


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings; raises SettingsInvalid for a value that cannot be used.

    The file is ARGOSY_CONFIG or ./argosy.toml, when there is one.
    """
    environ = os.environ if environ is None else environ
    values = _from_file(environ)
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    for name in fields:
        variable = f"ARGOSY_{name.upper()}"
        if variable in environ and environ[variable] != "":
            raw = environ[variable]
            values[name] = _split(raw) if name == "outgoing_allow" else raw
    for name, value in values.items():
        if name not in fields:
            raise SettingsInvalid(f"{name} is not a setting; see 'argosy doctor'")
        try:
            values[name] = msgspec.convert(value, fields[name].type, strict=False)
        except msgspec.ValidationError as error:
            raise SettingsInvalid(f"ARGOSY_{name.upper()} is {value!r}: {error}") from None
    settings = Settings(**values)
    if settings.database_url is not None:
        _check_url(settings.database_url)
    if settings.master_key is not None and not _KEY.match(settings.master_key):
        raise SettingsInvalid("ARGOSY_MASTER_KEY must hold 32 bytes in URL-safe base64")
    for network in settings.outgoing_allow:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            raise SettingsInvalid(
                f"ARGOSY_OUTGOING_ALLOW holds {network!r}, which is no network; 10.0.0.0/8 is one"
            ) from None
    return settings


def _check_url(url: str) -> None:
    """Raise SettingsInvalid for what is no URL of PostgreSQL, without telling its password."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise SettingsInvalid("ARGOSY_DATABASE_URL must start with postgresql://")
    try:
        urlsplit(url)
    except ValueError as error:
        raise SettingsInvalid(f"ARGOSY_DATABASE_URL is no URL: {error}") from None


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _from_file(environ: Mapping[str, str]) -> dict[str, Any]:
    named = environ.get("ARGOSY_CONFIG")
    path = Path(named or "argosy.toml")
    try:
        if not path.exists():
            if named:
                raise SettingsInvalid(f"ARGOSY_CONFIG is {named!r}: there is no such file")
            return {}
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsInvalid(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{path} is not TOML: {error}") from None


def settings_reference() -> list[tuple[str, str, str, str]]:
    """Return (variable, type, default, description) of every setting, for the reference page."""
    rows = []
    for field in msgspec.structs.fields(Settings):
        annotation = field.type
        default = field.default if field.default is not msgspec.NODEFAULT else "[]"
        meta = getattr(annotation, "__metadata__", ())
        description = next((m.description for m in meta if m.description), "")
        kind = getattr(annotation, "__origin__", annotation)
        name = getattr(kind, "__name__", None) or str(kind)
        shown = "–" if default is None else str(default)
        rows.append((f"ARGOSY_{field.name.upper()}", name, shown, description))
    return rows
