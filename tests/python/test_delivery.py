"""
How outcomes reach event loops, and records the loggers.
"""

import asyncio
import contextvars
import gc
import logging
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from mass_alexa import Account, AlexaError

LOOPS = """
import asyncio, os, sys
from mass_alexa import Account, errors

def descriptors():
    return len(os.listdir("/proc/self/fd"))

async def once():
    try:
        await Account.open(sys.argv[1])
    except errors.AlexaError:
        return
    raise SystemExit("there is no session to open")

def left_pending():
    loop = asyncio.new_event_loop()
    async def begin():
        asyncio.ensure_future(Account.open(sys.argv[1]))
        await asyncio.sleep(0)
    loop.run_until_complete(begin())
    loop.close()

asyncio.run(once())
before = descriptors()
for number in range(100):
    asyncio.run(once())
    if number % 10 == 0:
        left_pending()
import gc, warnings
warnings.simplefilter("ignore")
asyncio.run(once())
gc.collect()
print(descriptors() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs a list of descriptors")
def test_loops_leave_no_descriptor_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOOPS, tmp_path / "nothing"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    # The last loop of all may still be there.
    assert int(done.stdout) <= 2


def test_a_loop_that_cannot_watch_sockets_is_told_too(tmp_path: Path) -> None:
    class Loop(asyncio.SelectorEventLoop):
        def add_reader(self, *_: object) -> NoReturn:
            raise NotImplementedError

    async def once() -> str:
        with pytest.raises(AlexaError) as caught:
            await Account.open(tmp_path / "nothing")
        return caught.value.code

    with asyncio.Runner(loop_factory=Loop) as runner:
        assert runner.run(once()) == "no-session"


THREADS = """
import asyncio, sys, threading
from mass_alexa import Account, AlexaError

sys.setswitchinterval(1e-6)
wrong = []

async def once():
    try:
        await Account.open(sys.argv[1])
    except AlexaError:
        return

def work():
    try:
        for _ in range(150):
            asyncio.run(once())
    except RuntimeError as err:
        wrong.append(err)

threads = [threading.Thread(target=work) for _ in range(4)]
[one.start() for one in threads]
[one.join() for one in threads]
print(wrong)
"""


def test_loops_of_several_threads_do_not_disturb_each_other(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", THREADS, tmp_path / "nothing"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout == "[]\n"


def test_what_is_raised_while_an_outcome_is_set_reaches_the_loop(tmp_path: Path) -> None:
    class Loop(asyncio.SelectorEventLoop):
        armed = False

        def call_soon(self, *what: Any, **more: Any) -> Any:  # type: ignore[override]
            if self.armed:
                self.armed = False
                raise KeyboardInterrupt
            return super().call_soon(*what, **more)

    loop = Loop()

    def give_up() -> None:
        loop.armed = False
        loop.stop()

    async def wait() -> None:
        task = asyncio.ensure_future(Account.open(tmp_path / "nothing"))
        # Nothing wakes the task any more: what is to do so is interrupted.
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        # In this turn the call is made; its outcome can come in the next one at the earliest.
        await asyncio.sleep(0)
        loop.armed = True
        await asyncio.Event().wait()

    waiting = loop.create_task(wait())
    waiting._log_destroy_pending = False  # type: ignore[attr-defined]
    loop.call_later(20, give_up)
    with pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(waiting)
    loop.close()


def test_the_context_of_the_first_caller_is_let_go(tmp_path: Path) -> None:
    class Big:
        pass

    variable: contextvars.ContextVar[Big] = contextvars.ContextVar("variable")

    async def first() -> weakref.ref[Big]:
        big = Big()
        variable.set(big)
        with pytest.raises(AlexaError):
            await Account.open(tmp_path / "nothing")
        return weakref.ref(big)

    async def whole() -> None:
        kept = await asyncio.create_task(first())
        # One turn, in which the loop lets go of what it has just done.
        await asyncio.sleep(0)
        gc.collect()
        assert kept() is None

    asyncio.run(whole())


def test_no_level_of_logging_keeps_the_package_from_loading() -> None:
    line = "import logging; logging.disable(-1); logging.root.setLevel(-5); import mass_alexa"
    subprocess.run([sys.executable, "-c", line], check=True, timeout=60)


async def test_many_calls_at_once_are_all_answered(account: Account) -> None:
    await account.devices()
    found = await asyncio.gather(*(account.states(max_age=60) for _ in range(500)))
    assert len({len(states) for states in found}) == 1


@pytest.fixture
def quiet() -> Iterator[logging.Logger]:
    """
    The loggers of the package at a level of their own, which is put back.
    """
    logger = logging.getLogger("mass_alexa")
    before = logger.level
    logger.setLevel(logging.WARNING)
    yield logger
    logger.setLevel(before)


async def requests_told(caplog: pytest.LogCaptureFixture, account: Account) -> bool:
    caplog.clear()
    await account.devices(refresh=True, extras=False)
    return any(record.message.startswith("request") for record in caplog.records)


async def test_a_level_that_is_changed_counts_from_the_next_call_on(
    quiet: logging.Logger, caplog: pytest.LogCaptureFixture, account: Account
) -> None:
    assert not await requests_told(caplog, account)
    quiet.setLevel(logging.DEBUG)
    assert await requests_told(caplog, account)
    quiet.setLevel(logging.INFO)
    assert not await requests_told(caplog, account)
    quiet.setLevel(logging.DEBUG)
    logging.disable(logging.DEBUG)
    try:
        assert not await requests_told(caplog, account)
    finally:
        logging.disable(logging.NOTSET)
    assert await requests_told(caplog, account)


async def test_a_level_of_one_part_counts_soon(
    quiet: logging.Logger, caplog: pytest.LogCaptureFixture, account: Account
) -> None:
    assert quiet.level == logging.WARNING
    part = logging.getLogger("mass_alexa.net.http")
    part.setLevel(logging.DEBUG)
    try:
        async with asyncio.timeout(20):
            while not await requests_told(caplog, account):
                await asyncio.sleep(0.1)
    finally:
        part.setLevel(logging.NOTSET)
