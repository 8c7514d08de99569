"""Matching buyers with customers, and setting what is known of customers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.catalogue import door as catalogue
from argosy.customers import store
from argosy.customers.decide import group_buyers
from argosy.customers.model import (
    BuyerKey,
    CustomerRow,
    Refusal,
    Taken,
    channel_scope,
    email_key,
)
from argosy.identity import Actor, AuditChange
from argosy.identity.door import audit_changes
from argosy.kernel.database import Tx
from argosy.kernel.ids import id_at
from argosy.kernel.refusals import Refused

_NO_CHANNEL = UUID(int=0)  # Of a row that names none; no identifier is ever linked under it.


class _Found(msgspec.Struct, frozen=True):
    customer_id: UUID
    created: bool


async def match_customers(tx: Tx, wanted: Sequence[BuyerKey], now: datetime) -> list[UUID | None]:
    """Return the customer of each buyer, made when missing; None for guests.

    An id of the channel leads before an e-mail address; what else the buyer brings is linked to the
    same customer unless it names another one already.
    """
    return [None if found is None else found.customer_id for found in await _match(tx, wanted, now)]


async def _match(tx: Tx, wanted: Sequence[BuyerKey], now: datetime) -> list[_Found | None]:
    matched: list[_Found | None] = [None] * len(wanted)
    groups = group_buyers(wanted)
    fresh = {group: id_at(now) for group in set(groups)}
    rows = [
        (position, buyer, fresh[groups[position]])
        for position, buyer in enumerate(wanted)
        if buyer.names_a_customer
    ]
    if not rows:
        return matched
    found = await store.match_customers(tx, rows, now)
    strays = {each.stray_email: each for each in found if each.stray_email is not None}
    if strays:
        await store.rehome_emails(tx, list(strays.values()), now)
    for each in found:
        matched[each.position] = _Found(each.customer_id, each.created)
    return matched


async def upsert_customers(
    tx: Tx,
    rows: Sequence[CustomerRow],
    *,
    by: Actor,
    now: datetime,
    version: int | None = None,
) -> list[Taken | Refused]:
    """Make or change customers, one outcome each in order; `version` is what all must be at.

    Of several rows about one customer the later ones add to the earlier.
    """
    network = await catalogue.network(tx)
    outcomes: list[Refused | None] = []
    channels: list[UUID] = []
    for row in rows:
        channel = None if row.channel is None else network.channel_by_code(row.channel)
        channels.append(_NO_CHANNEL if channel is None else channel.channel_id)
        outcomes.append(_fault_of(row, known=channel is not None))
    found = await _find(tx, rows, channels, outcomes, version, now)
    await _link(tx, rows, channels, found, outcomes, now)
    changes: dict[UUID, dict[str, Any]] = {}
    for row, each, refused in zip(rows, found, outcomes, strict=True):
        if each is not None and refused is None:
            changes.setdefault(each.customer_id, {}).update(row.changes())
    changed = await store.change_customers(tx, changes, now)
    await audit_changes(
        tx,
        [
            AuditChange("upsert_customer", "customer", str(customer_id), None, differing)
            for customer_id, (_, differing) in sorted(changed.items())
            if differing
        ],
        by=by,
        now=now,
    )
    done: list[Taken | Refused] = []
    for each, refused in zip(found, outcomes, strict=True):
        if refused is not None:
            done.append(refused)
        else:
            assert each is not None, "a row that is not refused is about somebody"
            done.append(Taken(each.customer_id, each.created, changed[each.customer_id][0]))
    return done


def _fault_of(row: CustomerRow, *, known: bool) -> Refused | None:
    """Say why a row cannot be used by itself, None when it can."""
    if row.channel is not None and not known:
        detail = f"There is no channel {row.channel}; GET /v1/channels lists them."
        return Refused(Refusal.CHANNEL_UNKNOWN, detail, "/channel")
    if (row.channel is None) != (row.external_id is None):
        detail = "`external_id` and `channel` belong together."
        return Refused(Refusal.IDENTIFIER_MISSING, detail, "/external_id")
    if row.customer_id is None and row.external_id is None and row.proven_email is None:
        detail = "Name the customer by customer_id, by channel and external_id, or by an e-mail "
        return Refused(Refusal.IDENTIFIER_MISSING, detail + "address that was verified.")
    return None


async def _find(
    tx: Tx,
    rows: Sequence[CustomerRow],
    channels: Sequence[UUID],
    outcomes: list[Refused | None],
    version: int | None,
    now: datetime,
) -> list[_Found | None]:
    """Return whom each good row is about; refuse what is not there."""
    named = [row.customer_id for row in rows if row.customer_id is not None]
    versions = await store.lock_customers(tx, named) if named else {}
    buyers = [
        BuyerKey(
            channel,
            row.external_id if refused is None and row.customer_id is None else None,
            row.proven_email if refused is None and row.customer_id is None else None,
            name=None,
            phone=None,
        )
        for row, channel, refused in zip(rows, channels, outcomes, strict=True)
    ]
    found = await _match(tx, buyers, now)
    for index, row in enumerate(rows):
        if row.customer_id is None or outcomes[index] is not None:
            continue
        present = versions.get(row.customer_id)
        if present is None:
            outcomes[index] = Refused(
                Refusal.CUSTOMER_NOT_FOUND, "There is no such customer.", "/customer_id"
            )
        elif version is not None and version != present:
            detail = f"The customer is at version {present} now, not {version}: read it again."
            outcomes[index] = Refused(Refusal.CUSTOMER_CHANGED_MEANWHILE, detail)
        else:
            found[index] = _Found(row.customer_id, False)
    return found


async def _link(
    tx: Tx,
    rows: Sequence[CustomerRow],
    channels: Sequence[UUID],
    found: Sequence[_Found | None],
    outcomes: list[Refused | None],
    now: datetime,
) -> None:
    """Link what rows bring; refuse a row that brings what is somebody else's."""
    links: dict[tuple[str, str], UUID] = {}
    brought: list[dict[tuple[str, str], str]] = []
    for row, channel, each, refused in zip(rows, channels, found, outcomes, strict=True):
        keys: dict[tuple[str, str], str] = {}
        if each is not None and refused is None:
            if row.external_id is not None:
                keys[channel_scope(channel), row.external_id] = "/external_id"
            if row.proven_email is not None:
                keys["email", email_key(row.proven_email)] = "/email"
            for key in keys:
                links.setdefault(key, each.customer_id)
        brought.append(keys)
    owners = await store.link_identifiers(tx, links, now) if links else {}
    for index, keys in enumerate(brought):
        taken = _taken(keys, found[index], owners)
        outcomes[index] = outcomes[index] or taken


def _taken(
    keys: Mapping[tuple[str, str], str],
    found: _Found | None,
    owners: Mapping[tuple[str, str], UUID],
) -> Refused | None:
    for key, pointer in keys.items():
        if found is not None and owners[key] != found.customer_id:
            return Refused(
                Refusal.KEY_BELONGS_TO_ANOTHER,
                f"{key[1]} names another customer; nobody is merged on the way.",
                pointer,
                {"customer_id": str(owners[key])},
            )
    return None
