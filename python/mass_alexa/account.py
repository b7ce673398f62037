"""
An Amazon account with its devices: the door of the package.
"""

from os import PathLike, fspath
from types import TracebackType
from typing import Self

from . import _native
from ._native import (
    AccountInfo,
    Device,
    Links,
    PlayerState,
    Question,
    SessionStatus,
    Watch,
)
from .control import Control
from .errors import AlexaError
from .settings import Settings
from .sign_ins import (
    ASKED_AGAIN,
    Ask,
    AskAddress,
    OnStage,
    answered,
    attempted,
    given,
    watched,
)


class Account(Control):
    """
    An enrolled account.

    Make one with :meth:`sign_in_by_link` or :meth:`enrol`, later with :meth:`open`, and close it in
    the end.

    All methods raise :class:`mass_alexa.errors.AlexaError`. Cancelling a call drops its request.
    """

    @classmethod
    async def sign_in_by_link(
        cls,
        *,
        store: str | PathLike[str],
        ask: AskAddress,
        site: str = "amazon.com",
        on_stage: OnStage | None = None,
        settings: Settings | None = None,
    ) -> Self:
        """
        Sign in on Amazon's own page in a person's browser, then register and seal as :meth:`enrol`.

        Everything that Amazon offers works there, passkeys included, and this program sees none of
        it. The page that the browser ends at says that it was not found; its address is the answer.

        :param store: Folder of the session; made with mode 0700 if it is not there.
        :param ask: Told the link to open, gives the address of the last page; may be a coroutine
            function. Asked again, and told why, when an address could not be taken. The link is
            another one when the address came too late or was used before.
        :param site: Retail site of the account, such as ``amazon.de``.
        :param on_stage: Told how far it is, whenever that changes.
        :param settings: How to reach Amazon.
        """
        link = _native.LinkSignIn.begin(fspath(store), site, settings or Settings())
        problem: AlexaError | None = None
        async with attempted(link):
            while True:
                address = await given(ask(link.url, problem))
                try:
                    return cls(await watched(link, link.finish(address), on_stage))
                except AlexaError as err:
                    if err.code not in ASKED_AGAIN:
                        raise
                    problem = err
                    problem.report = link.report

    @classmethod
    async def enrol(
        cls,
        *,
        store: str | PathLike[str],
        email: str,
        password: str,
        otp: str | None = None,
        site: str = "amazon.com",
        ask: Ask | None = None,
        on_stage: OnStage | None = None,
        settings: Settings | None = None,
    ) -> Self:
        """
        Sign in, register this installation and seal the session into the store.

        Password, seed and code serve this sign-in only and are not kept. Nothing is stored unless
        everything succeeded. An error has the pages that were seen in ``report``.

        :param store: Folder of the session; made with mode 0700 if it is not there.
        :param email: E-mail address of the account.
        :param password: Its password.
        :param otp: Authenticator seed (spaces, hyphens and case do not matter) or a current code of
            6 digits. Without it, ``ask`` is asked when Amazon wants a code.
        :param site: Retail site of the account, such as ``amazon.de``.
        :param ask: Answers a question of Amazon's; may be a coroutine function.
        :param on_stage: Told how far it is, whenever that changes; while Amazon waits for an
            approval, also until when.
        :param settings: How to reach Amazon.
        """
        enrolment = _native.Enrolment.begin(
            fspath(store), site, email, password, otp, settings or Settings()
        )
        answer: str | None = None
        async with attempted(enrolment):
            while True:
                outcome = await watched(enrolment, enrolment.advance(answer), on_stage)
                if not isinstance(outcome, Question):
                    return cls(outcome)
                answer = await answered(outcome, ask)

    @classmethod
    async def open(cls, store: str | PathLike[str], *, settings: Settings | None = None) -> Self:
        """
        Open the sealed session of a store. Needs no network and asks nobody.

        :param store: Folder of the session.
        :param settings: How to reach Amazon.
        """
        return cls(await _native.Account.open(fspath(store), settings or Settings()))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def info(self) -> AccountInfo:
        """
        Whose account this is.
        """
        return self._native.info

    async def devices(self, *, refresh: bool = False, extras: bool = True) -> list[Device]:
        """
        All devices of the account, players or not.

        :param refresh: Ask Amazon even if the list is known.
        :param extras: Ask for what the list itself does not tell too: makers, exact models and
            languages. Without, one request does.
        """
        return await self._native.devices(refresh, extras)

    async def states(
        self, *, max_age: float = 0.0, do_not_disturb: bool = False
    ) -> list[PlayerState]:
        """
        What all players do now, in two requests for the whole account.

        One of the two may fail: what only it tells is then ``None``. While somebody watches and
        events arrive, everything is known and nothing is asked.

        :param max_age: Seconds for which an earlier answer is good enough.
        :param do_not_disturb: Ask in one request more who is not to be disturbed, which is
            otherwise known only to who watches.
        """
        return await self._native.states(max_age, do_not_disturb)

    def watch(self) -> Watch:
        """
        Tell what changes from now on, beginning with how everything is.

        As long as anybody watches, Amazon is listened to and asked when it is time. What is wrong
        comes as a change of ``links``, not as an error. Read with ``async for``, in one place; who
        reads slowly gets the latest of each player. It ends when it or the account is closed.
        """
        return self._native.watch()

    def links(self) -> Links:
        """
        Tell what the account hangs on, and how that stands, without asking Amazon.
        """
        return self._native.links()

    async def check(self) -> SessionStatus:
        """
        Ask Amazon whether the session still stands.
        """
        return await self._native.check()

    def status(self) -> SessionStatus:
        """
        Tell what is known locally about the session, without asking Amazon.
        """
        return self._native.status()

    async def sign_out(self) -> None:
        """
        Deregister this installation at Amazon, then wipe the session file.
        """
        await self._native.sign_out()

    async def close(self) -> None:
        """
        End pending calls and the connection. The session stays; may be called again.
        """
        await self._native.close()
