"""
The steps of the demonstration that are about the session: from sign-in to sign-out.
"""

import asyncio
import secrets
import stat
from pathlib import Path
from typing import Any

from mass_alexa import Account, export_session, import_session, rotate_key
from mass_alexa.errors import AlexaError, SignInRequiredError

from .readings import Readings, expect
from .report import MismatchError, Report
from .simulator import Simulator


class SessionSteps(Readings):
    """
    What happens to the session.

    :param report: Where to note what each step saw.
    :param amazon: The simulated Amazon.
    :param store: Folder of the session.
    """

    def __init__(self, report: Report, amazon: Simulator, store: Path) -> None:
        super().__init__(amazon)
        self._report = report
        self._store = store
        self._serial_here = ""

    async def _link(self) -> str:
        # Every command would pay for these at its start.
        from .browser import Browser, LostError  # noqa: PLC0415

        demo = await self._amazon.ask("/control/account")
        await self._amazon.tell("PUT", "/control/knobs", {"passkey_only": True})
        browser = Browser(self._amazon.address, self._amazon.authority)

        async def ask(link: str, problem: AlexaError | None) -> str:
            if problem is not None:
                raise MismatchError(f"the address of the last page is not taken: {problem}")
            person = {"email": str(demo["email"])}
            return await asyncio.to_thread(browser.sign_in, link, lambda name: person[name])

        try:
            self._account = await Account.sign_in_by_link(
                store=self._store,
                ask=ask,
                site=demo["home_site"],
                on_stage=self._report.progress.of_sign_in,
                settings=self._amazon.settings(),
            )
        except LostError as err:
            raise MismatchError(f"the browser is lost: {err}") from err
        finally:
            await self._amazon.tell("PUT", "/control/knobs", {"passkey_only": False})
        counters, registered = await self._known_device(demo)
        expect(counters["password_posts"] == 0, f"{counters['password_posts']} password posts")
        self._serial_here = self.account.info.serial
        return (
            f"{self.account.info.name} used a passkey in a browser of their own; Amazon counts no "
            f"password and 1 registration, of '{registered['app_name']}'"
        )

    async def _password(self) -> str:
        demo = await self._amazon.ask("/control/account")
        self._account = await Account.enrol(
            store=self._store,
            email=demo["email"],
            password=demo["password"],
            otp=demo["otp_seed"],
            site=demo["home_site"],
            on_stage=self._report.progress.of_sign_in,
            settings=self._amazon.settings(),
        )
        counters, _ = await self._known_device(demo)
        expect(counters["password_posts"] == 1, f"{counters['password_posts']} password posts")
        expect(self.account.info.serial == self._serial_here, "another serial")
        return (
            f"Amazon counts 1 password and {counters['otp_posts']} code, made from the seed, and "
            f"knows the same device as before"
        )

    async def _look_at_store(self) -> str:
        files = sorted(path for path in self._store.iterdir() if path.is_file())
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in files}
        folder = stat.S_IMODE(self._store.stat().st_mode)
        expect(folder == stat.S_IRWXU, f"the folder has mode {folder:04o}")
        expect(set(modes.values()) == {stat.S_IRUSR | stat.S_IWUSR}, f"files have modes {modes}")
        canaries = (await self._amazon.ask("/control/account"))["secrets"]
        stored = b"".join(path.read_bytes() for path in files)
        leaked = sum(
            secret.encode() in stored for secret in canaries if len(secret) > len("123456")
        )
        expect(not leaked, f"{leaked} secrets can be read in the files")
        names = ", ".join(modes)
        return f"{names}: mode 0600, folder 0700, none of {len(canaries)} secrets readable in them"

    async def _open_again(self) -> str:
        before = await self._amazon.ask("/control/counters")
        await self.account.close()
        self._account = await Account.open(self._store, settings=self._amazon.settings())
        status = await self.account.check()
        devices = await self.account.devices()
        after = await self._amazon.ask("/control/counters")
        expect(status.signed_in is True, "Amazon does not know the session")
        for what in ("password_posts", "otp_posts", "registrations"):
            expect(after[what] == before[what], f"{what} went up to {after[what]}")
        return (
            f"no prompt, no further password, code or registration; Amazon knows the session, "
            f"{len(devices)} devices"
        )

    async def _backup(self) -> str:
        passphrase = secrets.token_urlsafe()
        elsewhere = self._store.with_name("restored")
        data = await export_session(self._store, passphrase)
        info = await import_session(elsewhere, data, passphrase)
        expect(info.customer_id == self.account.info.customer_id, "another customer")
        async with await Account.open(elsewhere, settings=self._amazon.settings()) as restored:
            status = await restored.check()
        expect(status.signed_in is True, "Amazon does not know the restored session")
        await self._known_device(await self._amazon.ask("/control/account"))
        return f"{len(data)} bytes open with their passphrase elsewhere; still 1 device at Amazon"

    async def _new_key(self) -> str:
        file = self._store / "session.sealed"
        before = file.read_bytes()
        await self.account.close()
        source = await rotate_key(self._store)
        expect(file.read_bytes() != before, "the file is the same")
        self._account = await Account.open(self._store, settings=self._amazon.settings())
        return f"the session opens with its new key ({source})"

    async def _sign_out(self) -> str:
        await self.account.sign_out()
        left = await self._registered()
        expect(not left, f"{len(left)} devices are still registered")
        await self.account.close()
        self._account = None
        try:
            account = await Account.open(self._store, settings=self._amazon.settings())
        except SignInRequiredError as err:
            return f"no device registered at Amazon any more; opening the session says {err.code}"
        await account.close()
        raise MismatchError("the session can still be opened")

    async def _known_device(self, demo: dict[str, Any]) -> tuple[dict[str, int], dict[str, Any]]:
        """
        Check that Amazon knows one device of the right customer; give its counters and the device.

        :param demo: Amazon's model of the account.
        """
        registered = await self._registered()
        expect(len(registered) == 1, f"{len(registered)} registered devices")
        expect(self.account.info.customer_id == demo["customer_id"], "another customer")
        return await self._amazon.ask("/control/counters"), registered[0]
