"""
How the binding behaves inside an event loop.
"""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mass_alexa import Account
from mass_alexa.errors import AccountClosed
from world import KITCHEN, Amazon


async def arrived(amazon: Amazon, path: str) -> None:
    """
    Wait until a request is under way.
    """
    async with asyncio.timeout(20):
        while not any(
            path in one["path"] and one["status"] in (None, 0)
            for one in await asyncio.to_thread(amazon.journal)
        ):
            await asyncio.sleep(0.02)


async def test_a_cancelled_call_drops_its_request(amazon: Amazon, account: Account) -> None:
    await account.devices()
    before = amazon.counters["aborted_connections"]
    amazon.fault(path_prefix="/api/devices-v2", kind="delay", delay_ms=60_000)
    call = asyncio.ensure_future(account.devices(refresh=True))
    await arrived(amazon, "/api/devices-v2")
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    async with asyncio.timeout(20):
        while (await asyncio.to_thread(lambda: amazon.counters))["aborted_connections"] == before:
            await asyncio.sleep(0.02)
    amazon.control("DELETE", "/control/faults")
    await account.set_volume(KITCHEN, 44)
    amazon.device_when(KITCHEN, lambda one: one["volume"] == 44)


async def test_the_loop_goes_on_while_a_request_waits(amazon: Amazon, account: Account) -> None:
    amazon.fault(path_prefix="/api/devices-v2", kind="delay", delay_ms=500)
    call = asyncio.ensure_future(account.devices(refresh=True))
    longest, turns, last = 0.0, 0, time.monotonic()
    while not call.done():
        await asyncio.sleep(0)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
        turns += 1
    assert await call
    assert turns > 100
    assert longest < 0.25


async def test_closing_ends_a_call_that_waits(amazon: Amazon, account: Account) -> None:
    amazon.fault(path_prefix="/api/devices-v2", kind="delay", delay_ms=60_000)
    call = asyncio.ensure_future(account.devices(refresh=True))
    await arrived(amazon, "/api/devices-v2")
    await account.close()
    async with asyncio.timeout(20):
        with pytest.raises(AccountClosed):
            await call


SHORT_RUNS = """
import asyncio, contextlib, sys
from mass_alexa import Account, AlexaError, Settings
store, address, authority = sys.argv[1:]
settings = Settings(connect_to=address, extra_ca=authority, requests_per_second=0.0)

async def once(number):
    account = await Account.open(store, settings=settings)
    call = asyncio.ensure_future(account.devices(refresh=True))
    await asyncio.sleep(0.001 * (number % 7))
    if number % 3 == 0:
        call.cancel()
    elif number % 3 == 1:
        await account.close()
        with contextlib.suppress(AlexaError):
            await call
    # Otherwise the loop ends with the call under way.

for number in range(100):
    asyncio.run(once(number), debug=number % 2 == 0)
print("done")
"""


async def test_nothing_is_printed_when_loops_end(
    amazon: Amazon, account: Account, store: Path
) -> None:
    await account.close()
    line = [
        sys.executable,
        "-X",
        "dev",
        "-c",
        SHORT_RUNS,
        str(store),
        amazon.address,
        amazon.authority,
    ]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert done.stderr == ""
