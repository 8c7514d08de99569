"""People who do not exist: a name, a town and an address for each customer number. Pure.

The same number and country give the same person on every machine: words are drawn by a digest, and
no random state is kept.
"""

import hashlib
import tomllib
import unicodedata
from functools import cache
from importlib import resources
from typing import Any

from argosy.imports.online_retail import Invoice, Recipient
from argosy.orders import Address, Buyer

_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # Those that stand in the last part of British postal codes.


class Draw:
    """Numbers that follow from a seed: each `below` takes the next one."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.taken = 0

    def below(self, limit: int) -> int:
        """Return a number from 0 to `limit` − 1."""
        self.taken += 1
        digest = hashlib.blake2b(f"{self.seed}/{self.taken}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % limit

    def one_of(self, words: list[Any]) -> Any:
        """Return one of `words`."""
        return words[self.below(len(words))]

    def fill(self, pattern: str) -> str:
        """Return `pattern` with a digit for each # and a letter for each @."""
        letters = {"#": "0123456789", "@": _LETTERS}
        return "".join(
            letters[sign][self.below(len(letters[sign]))] if sign in letters else sign
            for sign in pattern
        )


@cache
def _places() -> dict[str, dict[str, Any]]:
    text = resources.files(__package__).joinpath("places.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def share(seed: str, percent: float) -> bool:
    """Return True for about `percent` of all seeds, always the same ones."""
    return Draw(seed).below(100_000) < percent * 1000


def recipient_of(invoice: Invoice) -> Recipient:
    """Return who bought and where it goes: a customer by number, a guest by invoice."""
    number = invoice.customer_id
    who = f"guest/{invoice.number}" if number is None else f"customer/{number}"
    person = person_of(who, invoice.country_code)
    buyer = Buyer(
        external_id=None if number is None else str(number),
        email=person.email,
        email_verified=number is not None,
        name=person.name,
        phone=person.phone,
    )
    return Recipient(buyer, person)


def person_of(who: str, country: str) -> Address:
    """Return the address of somebody who lives in `country`, with name, e-mail and phone."""
    place = _places()[country]
    words = _places()[place.get("words", country)] | place
    draw = Draw(f"{country}/{who}")
    first, last = draw.one_of(words["first"]), draw.one_of(words["last"])
    town, code, latitude, longitude = draw.one_of(words["towns"])
    street = draw.one_of(words["streets"])
    phone = place.get("phone")
    # Someone else may have the same name: the number tells their mail boxes apart.
    mailbox = _ascii(f"{first}.{last}").lower()
    return Address(
        country=country,
        name=f"{first} {last}",
        line1=words["line"].format(number=1 + draw.below(120), street=street),
        city=town,
        postal_code=draw.fill(code) or None,
        phone=None if phone is None else draw.fill(phone),
        email=f"{mailbox}.{draw.below(9000) + 1000}@example.com",
        # Within a few kilometres of the middle of the town.
        latitude=round(latitude + (draw.below(400) - 200) / 10_000, 4),
        longitude=round(longitude + (draw.below(400) - 200) / 10_000, 4),
    )


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("Ø", "O"))
    return "".join(sign for sign in plain if sign.isascii() and (sign.isalnum() or sign == "."))
