"""Private addresses are refused, when an endpoint is saved and each time something is sent."""

import ipaddress
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings as limits, strategies as st

from argosy.kernel.outgoing import Guard, Target, Unreachable, is_public
from tests.webhooks.conftest import House, body_of
from tests.webhooks.receiver import Receiver

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "fec0::1",
    "192.0.0.192",
    "2002:7f00:1::",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_not_public_in_any_form(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    assert not Guard([]).permits(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_a_public_address_is(address: str) -> None:
    assert Guard([]).permits(address)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_judged_as_what_it_is(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.ip_address(f"::ffff:{address}")
    assert is_public(mapped) == is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "https://user:word@example.com/",
        "https://example.com/#part",
        "//example.com/",
        "example.com",
        "http://[::1",
        "http://example.com:99999/",
        "gopher://127.0.0.1:25/",
    ],
)
async def test_only_plain_http_urls_are_called(url: str) -> None:
    found = await Guard([]).find_target(url)
    assert isinstance(found, Unreachable)
    assert found.code == "url_invalid"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8000/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
    ],
)
async def test_loopback_is_refused_however_it_is_written(url: str) -> None:
    found = await Guard([]).find_target(url)
    assert isinstance(found, Unreachable)
    assert found.code == "address_refused"


async def test_one_private_address_among_public_ones_refuses_all() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["93.184.216.34", "10.0.0.1"]

    found = await Guard([], resolve=resolve).find_target("https://example.test/")
    assert isinstance(found, Unreachable)


async def test_settings_may_allow_a_network() -> None:
    found = await Guard(["10.0.0.0/8"]).find_target("http://10.2.3.4:8080/hook")
    assert isinstance(found, Target)
    assert (found.port, found.addresses) == (8080, ("10.2.3.4",))


async def test_the_call_goes_to_the_address_that_was_checked(
    house: House, receiver: Receiver
) -> None:
    """The name is in the Host header, and it is asked for once."""
    asked = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    house.resolve = resolve
    await house.subscribe(f"http://hooks.example.test:{receiver.port}/in")
    await house.happen("order.placed.v1")
    await house.settle()
    [request] = receiver.received
    assert request.headers["host"] == f"hooks.example.test:{receiver.port}"
    assert asked == ["hooks.example.test"]
    assert await house.states() == ["delivered"]


async def test_a_name_that_moves_to_a_private_address_is_not_followed(
    house: House, receiver: Receiver
) -> None:
    """DNS rebinding: public when it was saved, private when something is sent."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["10.0.0.7"]

    house.resolve = resolve
    await house.subscribe(f"http://hooks.example.test:{receiver.port}/in")
    await house.happen("order.placed.v1")
    await house.settle()
    assert receiver.received == []
    [row] = await house.rows("select * from webhook_attempt")
    assert row["error"].startswith("address_refused: hooks.example.test leads to 10.0.0.7")
    assert await house.states() == ["pending"]
    house.clock.advance(timedelta(minutes=1))

    async def put_right(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    house.resolve = put_right
    await house.settle()
    assert body_of(receiver.received[0])["type"] == "order.placed.v1"


@limits(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["", "http://", "https://", "http://[", "http://a:"]))
async def test_no_text_is_a_surprise(text: str, start: str) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    found = await Guard([], resolve=resolve).find_target(start + text)
    assert isinstance(found, Unreachable)
    assert found.detail.endswith(".")
