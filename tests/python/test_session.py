import base64
import pickle
import shutil
from pathlib import Path

import pytest
from mass_alexa import Account
from mass_alexa.errors import (
    AccountClosed,
    AlexaError,
    KeyUnavailableError,
    NetworkError,
    SignInRequiredError,
    StoreCorruptError,
)
from world import KITCHEN, Amazon


async def test_the_session_opens_without_asking_anybody(
    amazon: Amazon, account: Account, store: Path
) -> None:
    await account.close()
    before = amazon.counters
    async with await Account.open(store, settings=amazon.settings()) as again:
        assert amazon.counters["requests"] == before["requests"]
        assert again.info.to_dict() == account.info.to_dict()
        status = await again.check()
        assert status.signed_in is True
        assert await again.devices()
    after = amazon.counters
    for what in ("password_posts", "otp_posts", "registrations", "sign_in_pages"):
        assert after[what] == before[what]


async def test_it_opens_while_amazon_is_away(amazon: Amazon, account: Account, store: Path) -> None:
    await account.close()
    settings = amazon.settings()
    amazon.stop()
    async with await Account.open(store, settings=settings) as again:
        assert again.status().site == "amazon.de"
        with pytest.raises(NetworkError):
            await again.devices()


async def test_status_tells_what_is_known(account: Account, store: Path) -> None:
    status = account.status()
    assert status.site == "amazon.de"
    assert Path(status.store).resolve().is_relative_to(store.resolve())
    assert status.key_source == "key-file"
    assert status.enrolled_at > 1_600_000_000
    assert status.access_token_expires_at is not None
    assert status.to_dict()["site"] == "amazon.de"


async def test_no_session_says_so(store: Path) -> None:
    with pytest.raises(SignInRequiredError) as caught:
        await Account.open(store)
    assert caught.value.code == "no-session"
    assert not store.exists()


@pytest.mark.parametrize("part", ["head", "middle", "tail"])
async def test_a_flipped_bit_is_refused_and_nothing_is_lost(
    amazon: Amazon, account: Account, store: Path, part: str
) -> None:
    await account.close()
    file = store / "session.sealed"
    whole = file.read_bytes()
    at = {"head": 2, "middle": len(whole) // 2, "tail": len(whole) - 1}[part]
    damaged = bytearray(whole)
    damaged[at] ^= 1
    file.write_bytes(damaged)
    with pytest.raises((StoreCorruptError, KeyUnavailableError)) as caught:
        await Account.open(store, settings=amazon.settings())
    assert caught.value.next_step
    kept = [path.read_bytes() for path in store.iterdir() if path.is_file()]
    assert bytes(damaged) in kept


async def test_a_cut_file_is_refused(amazon: Amazon, account: Account, store: Path) -> None:
    await account.close()
    file = store / "session.sealed"
    file.write_bytes(file.read_bytes()[:20])
    with pytest.raises(StoreCorruptError) as caught:
        await Account.open(store, settings=amazon.settings())
    assert caught.value.code == "store-damaged"


async def test_another_key_or_none_is_told(
    amazon: Amazon, account: Account, store: Path, tmp_path: Path
) -> None:
    await account.close()
    key = store / "key"
    right = key.read_bytes()
    shutil.copy(key, tmp_path / "right")
    key.write_bytes(right.split(b":")[0] + b":" + base64.b64encode(bytes(32)) + b"\n")
    with pytest.raises(AlexaError) as caught:
        await Account.open(store, settings=amazon.settings())
    assert caught.value.code == "key-mismatch"
    key.unlink()
    with pytest.raises(KeyUnavailableError) as missing:
        await Account.open(store, settings=amazon.settings())
    assert missing.value.code == "key-missing"
    shutil.copy(tmp_path / "right", key)
    async with await Account.open(store, settings=amazon.settings()) as again:
        assert (await again.check()).signed_in


async def test_closing_twice_is_fine_and_calls_after_it_are_refused(account: Account) -> None:
    await account.close()
    await account.close()
    with pytest.raises(AccountClosed) as caught:
        await account.pause(KITCHEN)
    assert caught.value.code == "closed"
    assert type(pickle.loads(pickle.dumps(caught.value))) is AccountClosed


async def test_signing_out_deregisters_and_wipes(
    amazon: Amazon, account: Account, store: Path
) -> None:
    assert len(amazon.registered) == 1
    await account.sign_out()
    assert amazon.registered == []
    assert not (store / "session.sealed").exists()
    with pytest.raises(SignInRequiredError):
        await Account.open(store, settings=amazon.settings())
