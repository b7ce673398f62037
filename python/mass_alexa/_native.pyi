"""
The Rust core as Python sees it.

Every method that returns an ``Awaitable`` must be called inside a running event loop and gives an
asyncio future; cancelling that future drops the request. Errors are those of
:mod:`mass_alexa.errors`.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal, Self, final

from mass_alexa.errors import AlexaError
from mass_alexa.gateway import GatewaySettings, Item
from mass_alexa.settings import Settings

__all__ = [
    "Account",
    "AccountInfo",
    "Ask",
    "Change",
    "CommandReport",
    "Device",
    "Enrolment",
    "Gateway",
    "GatewayEvent",
    "GatewayWatch",
    "Link",
    "LinkSignIn",
    "Links",
    "PageResponse",
    "PlayerState",
    "Question",
    "SessionStatus",
    "SignInPage",
    "SkillConsent",
    "SkillDeployment",
    "SkillDeveloper",
    "SkillDevice",
    "SkillExport",
    "SkillState",
    "Stage",
    "Step",
    "Trouble",
    "Watch",
    "check_skill",
    "export_session",
    "export_skill",
    "import_session",
    "normalise_site",
    "open_phrase",
    "public_address",
    "rotate_key",
    "sites",
    "skill_locales",
    "totp",
    "version",
]

type _Kind = Literal["speaker", "display", "pair", "group", "fire_tv", "tablet", "app", "other"]
type _Playback = Literal["playing", "paused", "idle", "unknown"]
type _StagePlayback = Literal["idle", "starting", "playing", "paused"]
type _Wish = Literal[
    "resume", "next", "previous", "start_over", "stop", "shuffle", "repeat", "source"
]
type _Control = Literal["play_pause", "next", "previous", "seek", "shuffle", "repeat"]

@final
class Account:
    """An enrolled account: a cheap handle on the session and its connection."""

    @staticmethod
    def open(store: str, settings: Settings) -> Awaitable[Account]:
        """Open the sealed session of a store; asks nothing of the network."""
    @property
    def info(self) -> AccountInfo:
        """Whose account this is."""
    def devices(self, refresh: bool = False, extras: bool = True) -> Awaitable[list[Device]]:
        """All devices of the account; remembered after the first call unless ``refresh``."""
    def states(
        self, max_age: float = 0.0, do_not_disturb: bool = False
    ) -> Awaitable[list[PlayerState]]:
        """What all players do now; an answer younger than ``max_age`` seconds is used again."""
    def watch(self) -> Watch:
        """What changes from now on, beginning with how everything is."""
    def links(self) -> Links:
        """What the account hangs on, and how that stands."""
    def play(self, serial: str) -> Awaitable[CommandReport]:
        """Resume."""
    def pause(self, serial: str) -> Awaitable[CommandReport]:
        """Pause."""
    def stop(self, serial: str) -> Awaitable[CommandReport]:
        """Stop whatever the device does."""
    def next(self, serial: str) -> Awaitable[CommandReport]:
        """Skip to the next track."""
    def previous(self, serial: str) -> Awaitable[CommandReport]:
        """Go back to the previous track."""
    def set_volume(self, serial: str, level: int) -> Awaitable[CommandReport]:
        """Set the volume, 0 to 100."""
    def set_mute(self, serial: str, muted: bool) -> Awaitable[CommandReport]:
        """Mute, or restore the volume of before."""
    def seek(self, serial: str, seconds: float) -> Awaitable[CommandReport]:
        """Go to a position in what is loaded."""
    def set_shuffle(self, serial: str, shuffle: bool) -> Awaitable[CommandReport]:
        """Switch whether the loaded queue is shuffled."""
    def set_repeat(self, serial: str, repeat: bool) -> Awaitable[CommandReport]:
        """Switch whether the loaded queue is repeated."""
    def set_do_not_disturb(self, serial: str, enabled: bool) -> Awaitable[CommandReport]:
        """Tell a device not to disturb, or that it may again."""
    def speak(
        self, serials: list[str], text: str, ssml: bool = False, volume: int | None = None
    ) -> Awaitable[CommandReport]:
        """Say a text in Alexa's voice."""
    def announce(
        self,
        serials: list[str],
        text: str,
        title: str | None = None,
        ssml: bool = False,
        volume: int | None = None,
        respect_do_not_disturb: bool = False,
    ) -> Awaitable[CommandReport]:
        """Announce a text on several devices at once."""
    def play_audio(
        self, serials: list[str], url: str, volume: int | None = None
    ) -> Awaitable[CommandReport]:
        """Play a recording as speech, by its address."""
    def settle(self) -> Awaitable[None]:
        """Wait until volumes that were changed for a speech are as they were before."""
    def text_command(self, serial: str, text: str) -> Awaitable[CommandReport]:
        """Do what the text would make the device do if it were spoken to it."""
    def play_sound(self, serial: str, sound: str) -> Awaitable[CommandReport]:
        """Play one of Alexa's sounds by its id."""
    def check(self) -> Awaitable[SessionStatus]:
        """Ask Amazon whether the session still stands."""
    def status(self) -> SessionStatus:
        """What is known locally about the session."""
    def sign_out(self) -> Awaitable[None]:
        """Deregister at Amazon, then wipe the session file."""
    def close(self) -> Awaitable[None]:
        """End pending calls and the connection; may be called again."""

@final
class Enrolment:
    """A sign-in under way. Nothing is stored before it is done."""

    @staticmethod
    def begin(
        store: str, site: str, email: str, password: str, otp: str | None, settings: Settings
    ) -> Enrolment:
        """Prepare a sign-in; ``otp`` is an authenticator seed or a current code of 6 digits."""
    @property
    def stage(self) -> str:
        """What is going on now, as a short sentence."""
    @property
    def until(self) -> float | None:
        """Unix time at which the wait of this stage ends, for a countdown."""
    @property
    def warning(self) -> str | None:
        """What should be put right although the sign-in goes on, such as a clock that is off."""
    @property
    def report(self) -> str:
        """The pages seen so far, each with its status; free of secrets, also after a failure."""
    def advance(self, answer: str | None = None) -> Awaitable[Question | Account]:
        """
        Go on until Amazon asks something or the account stands.

        An approval is no question: it is waited for here, and ``stage`` and ``until`` tell.
        """
    def abandon(self) -> Awaitable[None]:
        """Give up; nothing stays behind."""

@final
class LinkSignIn:
    """A sign-in on Amazon's own page, by a link and the address that the browser ends at."""

    @staticmethod
    def begin(store: str, site: str, settings: Settings) -> LinkSignIn:
        """Prepare a link; nothing is sent."""
    @property
    def url(self) -> str:
        """The link to open; another one after ``link-used``."""
    @property
    def stage(self) -> str:
        """What is going on now, as a short sentence."""
    @property
    def until(self) -> float | None:
        """Unix time at which the wait of this stage ends, for a countdown."""
    @property
    def report(self) -> str:
        """What was asked of Amazon so far, each with its status; free of secrets."""
    def finish(self, address: str) -> Awaitable[Account]:
        """
        Take the address of the last page.

        After ``bad-link`` the same link stays good, after ``link-used`` there is a new one.
        """
    def abandon(self) -> Awaitable[None]:
        """Give up; nothing stays behind."""

@final
class SignInPage:
    """A web page of our own on a one-time route, where a person signs in."""

    def __new__(cls, store: str, site: str, base_path: str, settings: Settings) -> SignInPage: ...
    @property
    def path(self) -> str:
        """Where the page is to be served: this path and everything below it."""
    @property
    def stage(self) -> str:
        """What is going on now, as a short sentence."""
    @property
    def until(self) -> float | None:
        """Unix time at which the wait of this stage ends, for a countdown."""
    @property
    def report(self) -> str:
        """The pages seen so far, each with its status; free of secrets."""
    def handle(
        self, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes
    ) -> Awaitable[PageResponse]:
        """Answer one request of the browser."""
    def wait(self, timeout: float) -> Awaitable[Account]:
        """Wait until somebody has signed in."""
    def close(self) -> None:
        """Take the page away."""

@final
class PageResponse:
    """An HTTP answer of the sign-in page."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> list[tuple[str, str]]: ...
    @property
    def body(self) -> bytes: ...

@final
class Device:
    """A device as Amazon lists it."""

    @property
    def serial(self) -> str:
        """Amazon's serial: the identity of the device."""
    @property
    def device_type(self) -> str:
        """Amazon's code of the model."""
    @property
    def name(self) -> str:
        """What its owner calls it; not unique."""
    @property
    def family(self) -> str:
        """Amazon's family, such as ``ECHO``."""
    @property
    def kind(self) -> _Kind: ...
    @property
    def model(self) -> str | None:
        """Model in words, where the code is known."""
    @property
    def manufacturer(self) -> str | None: ...
    @property
    def firmware(self) -> str | None: ...
    @property
    def online(self) -> bool: ...
    @property
    def members(self) -> list[str]:
        """Serials of the members of a group or pair."""
    @property
    def parents(self) -> list[str]:
        """Serials of the groups and pairs it belongs to."""
    @property
    def capabilities(self) -> list[str]:
        """Amazon's names of what it can do."""
    @property
    def locale(self) -> str | None: ...
    @property
    def is_player(self) -> bool: ...
    @property
    def reason(self) -> str | None:
        """Why it is no player, as a sentence."""
    @property
    def features(self) -> list[str]:
        """The commands that work on it."""
    def to_dict(self) -> dict[str, Any]: ...

@final
class PlayerState:
    """What a player does now. What is not known is ``None``."""

    @property
    def serial(self) -> str: ...
    @property
    def online(self) -> bool:
        """Whether Amazon can reach it; of a group, whether any member can be reached."""
    @property
    def reason(self) -> str | None:
        """Why it is not available, as a sentence."""
    @property
    def playback(self) -> _Playback: ...
    @property
    def volume(self) -> int | None:
        """0 to 100; of a group, the mean of its members."""
    @property
    def volume_at(self) -> float | None:
        """Unix time of the last statement about the volume."""
    @property
    def muted(self) -> bool | None:
        """Of a group, whether all members are."""
    @property
    def title(self) -> str | None: ...
    @property
    def artist(self) -> str | None: ...
    @property
    def album(self) -> str | None: ...
    @property
    def image_url(self) -> str | None: ...
    @property
    def provider(self) -> str | None:
        """The music service."""
    @property
    def position(self) -> float | None:
        """Seconds, at ``updated_at``."""
    @property
    def duration(self) -> float | None:
        """Seconds; ``None`` for streams."""
    @property
    def shuffle(self) -> bool | None: ...
    @property
    def repeat(self) -> bool | None: ...
    @property
    def controls(self) -> list[_Control]:
        """What the loaded item allows at the moment; empty when that is not known."""
    @property
    def do_not_disturb(self) -> bool | None:
        """``None`` for groups and pairs."""
    @property
    def group(self) -> str | None:
        """Serial of the group or pair that it plays in."""
    @property
    def content_id(self) -> str | None:
        """Id that the publisher of the music gave what plays."""
    @property
    def updated_at(self) -> float:
        """Unix time of the last statement about what is loaded."""
    def to_dict(self) -> dict[str, Any]: ...

@final
class Watch:
    """
    What changes, as an asynchronous iterator for one reader.

    It begins with how everything is. Who reads slowly gets the latest of each player and never a
    queue. Cancelling a wait loses nothing. It ends when it or the account is closed.
    """

    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Awaitable[Change]: ...
    def close(self) -> None:
        """End it; may be called again."""

@final
class Change:
    """One change: what ``kind`` names is there, the rest is ``None``."""

    @property
    def kind(self) -> Literal["player", "devices", "links"]: ...
    @property
    def player(self) -> PlayerState | None:
        """The state of one player."""
    @property
    def devices(self) -> list[Device] | None:
        """All devices as they are now."""
    @property
    def links(self) -> Links | None:
        """What the account hangs on."""
    def to_dict(self) -> dict[str, Any]: ...

@final
class Gateway:
    """A running gateway of one account."""

    @staticmethod
    def start(account: Account, settings: GatewaySettings, reach: Settings) -> Awaitable[Gateway]:
        """Listen, and take up what the Echos played before."""
    @property
    def address(self) -> str:
        """Where it listens, as address and port."""
    def watch(self) -> GatewayWatch:
        """What the Echos do and ask for, beginning with how everything is."""
    def play(self, serial: str, item: Item) -> Awaitable[None]:
        """Play an item; done when the Echo has begun."""
    def enqueue(self, serial: str, item: Item | None) -> None:
        """Say what comes next."""
    def pause(self, serial: str) -> Awaitable[None]:
        """Pause."""
    def resume(self, serial: str) -> Awaitable[None]:
        """Go on where it was paused."""
    def stop(self, serial: str) -> Awaitable[None]:
        """Stop and forget what was loaded."""
    def announce(self, serial: str, item: Item) -> Awaitable[None]:
        """Play an announcement; done when it has ended."""
    def answer(self, ask_id: int, problem: str | None = None) -> None:
        """Say that an ask was carried out, or why not."""
    def provide(self, ask_id: int, item: Item | None) -> None:
        """Answer an ask for the sound of an item."""
    def stage(self, serial: str) -> Stage | None:
        """What an Echo does with what it was given."""
    def stages(self) -> list[Stage]:
        """What all Echos do with what they were given."""
    def pairings(self) -> list[SkillDevice]:
        """The devices that the skill was heard from."""
    def pair(self, device_id: str, serial: str | None) -> bool:
        """Say which Echo a device of the skill is; false if there is no such device."""
    def facts(self) -> dict[str, Any]:
        """Counters; nothing in them is secret."""
    def check(
        self, serial: str | None = None, on_step: Callable[[Step], None] | None = None
    ) -> Awaitable[list[Step]]:
        """Walk the whole way to an Echo and say which link is broken."""
    def close(self) -> Awaitable[None]:
        """Listen no longer; may be called again."""

@final
class GatewayWatch:
    """What a gateway tells, as an asynchronous iterator for one reader."""

    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Awaitable[GatewayEvent]: ...
    def close(self) -> None:
        """End it; may be called again."""

@final
class GatewayEvent:
    """One event of a gateway: what ``kind`` names is there, the rest is ``None``."""

    @property
    def kind(self) -> Literal["stage", "ask", "pairings", "trouble"]: ...
    @property
    def stage(self) -> Stage | None:
        """What an Echo does now."""
    @property
    def ask(self) -> Ask | None:
        """Something that came from an Echo and wants an answer."""
    @property
    def pairings(self) -> list[SkillDevice] | None:
        """The devices of the skill as they are now."""
    @property
    def trouble(self) -> Trouble | None:
        """What a person should mend."""

@final
class Stage:
    """What an Echo does with what it was given."""

    @property
    def serial(self) -> str:
        """Serial of the device."""
    @property
    def playback(self) -> _StagePlayback: ...
    @property
    def item(self) -> str | None:
        """Id of the item; ``None`` while nothing is loaded."""
    @property
    def position(self) -> float | None:
        """Seconds into the sound of the item, at ``updated_at``."""
    @property
    def updated_at(self) -> float:
        """Unix time of the position."""
    @property
    def reason(self) -> str | None:
        """Why it is idle although something should play, as a sentence."""
    def to_dict(self) -> dict[str, Any]: ...

@final
class Ask:
    """A wish that came from an Echo."""

    @property
    def id(self) -> int:
        """Number for the answer."""
    @property
    def serial(self) -> str:
        """Serial of the device."""
    @property
    def wish(self) -> _Wish: ...
    @property
    def on(self) -> bool | None:
        """Whether to shuffle or repeat from now on."""
    @property
    def item(self) -> str | None:
        """Id of the item whose sound is asked for."""
    def to_dict(self) -> dict[str, Any]: ...

@final
class SkillDevice:
    """A device as the skill knows it."""

    @property
    def id(self) -> str:
        """Short name of it, made from its private id at the skill."""
    @property
    def serial(self) -> str | None:
        """Serial of the Echo that it is, as far as known."""
    @property
    def is_confirmed(self) -> bool:
        """Whether that is certain: seen twice, or chosen by a person."""
    @property
    def seen_at(self) -> int:
        """Unix time at which it was heard of last."""
    def to_dict(self) -> dict[str, Any]: ...

@final
class Trouble:
    """What a person should mend."""

    @property
    def serial(self) -> str | None:
        """Serial of the device that it is about, if it is about one."""
    @property
    def error(self) -> AlexaError:
        """What is wrong."""

@final
class Step:
    """One step of a check of the way to an Echo."""

    @property
    def name(self) -> str:
        """Which link it is about."""
    @property
    def title(self) -> str:
        """The same for people."""
    @property
    def verdict(self) -> Literal["passed", "failed", "warned", "skipped"]: ...
    @property
    def is_broken(self) -> bool:
        """Whether nothing plays before it is mended."""
    @property
    def sentence(self) -> str:
        """What was found."""
    @property
    def next_step(self) -> str | None:
        """What to do about it."""
    def to_dict(self) -> dict[str, Any]: ...

@final
class Links:
    """What the account hangs on, and how each of it stands."""

    @property
    def session(self) -> Link:
        """The session, which only Amazon's token service can end."""
    @property
    def devices(self) -> Link:
        """The list of devices."""
    @property
    def state(self) -> Link:
        """The lists of what plays how loud."""
    @property
    def push(self) -> Link:
        """The stream of events; unknown unless somebody watches."""
    def to_dict(self) -> dict[str, Any]: ...

@final
class Link:
    """How one thing that the account hangs on stands."""

    @property
    def ok(self) -> bool | None:
        """Whether it works; ``None`` while nothing is known."""
    @property
    def since(self) -> int:
        """Unix time since when it is so."""
    @property
    def code(self) -> str | None:
        """Code of what is wrong, as of an error."""
    @property
    def text(self) -> str | None:
        """What is wrong, in words."""
    def to_dict(self) -> dict[str, Any]: ...

@final
class AccountInfo:
    """Whose account it is."""

    @property
    def customer_id(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    @property
    def email(self) -> str | None: ...
    @property
    def site(self) -> str:
        """The account's own site, such as ``amazon.de``."""
    @property
    def device_name(self) -> str | None:
        """Name under which this installation is registered."""
    @property
    def serial(self) -> str:
        """Serial of this installation."""
    def to_dict(self) -> dict[str, Any]: ...

@final
class SessionStatus:
    """How the session stands."""

    @property
    def signed_in(self) -> bool | None:
        """What Amazon said last; ``None`` when it was not asked."""
    @property
    def site(self) -> str: ...
    @property
    def store(self) -> str: ...
    @property
    def key_source(self) -> str:
        """Where the key of the session file comes from."""
    @property
    def enrolled_at(self) -> float:
        """Unix time."""
    @property
    def access_token_expires_at(self) -> float | None:
        """Unix time."""
    @property
    def cookies_at(self) -> float | None:
        """Unix time of the last cookie exchange."""
    @property
    def clock_skew(self) -> float | None:
        """Amazon's clock minus this machine's, in seconds."""
    @property
    def ends_at(self) -> float | None:
        """Unix time at which the session is expected to end while it cannot be renewed."""
    @property
    def warning(self) -> str | None:
        """A sentence from three days before that time on."""
    @property
    def records(self) -> dict[str, Any]:
        """Counters since the first sign-in of the store: sign-ins, renewals, errors, throttles."""
    def to_dict(self) -> dict[str, Any]: ...

@final
class CommandReport:
    """What became of a command."""

    @property
    def done(self) -> list[str]:
        """Serials."""
    @property
    def skipped(self) -> list[tuple[str, str]]:
        """Serials that were left out, each with a sentence why."""
    @property
    def note(self) -> str | None:
        """What else a person should know, as a sentence."""
    @property
    def confirmed(self) -> bool | None:
        """Whether its effect was seen; ``None`` where there is nothing to be seen, as of speech."""
    def to_dict(self) -> dict[str, Any]: ...

@final
class Question:
    """Something only a person can answer."""

    @property
    def kind(self) -> str:
        """``code`` for a one-time code, ``captcha`` for letters of a picture, or ``choice``."""
    @property
    def prompt(self) -> str:
        """A sentence for a person."""
    @property
    def secret(self) -> bool:
        """Whether the answer must not be shown while it is typed."""
    @property
    def choices(self) -> list[tuple[str, str]]:
        """Value, which is the answer, and words of each choice."""
    @property
    def image(self) -> bytes | None:
        """The picture that the question is about."""
    @property
    def image_type(self) -> str | None:
        """Media type of the picture, such as ``image/jpeg``."""

@final
class SkillExport:
    """What an export of a skill did, as paths below its folder."""

    @property
    def written(self) -> list[str]:
        """Files that were written."""
    @property
    def unchanged(self) -> list[str]:
        """Files that were as they should be."""
    @property
    def removed(self) -> list[str]:
        """Files of an earlier export that are not part of this one."""

@final
class SkillConsent:
    """The consent of a developer that is being asked for."""

    @staticmethod
    def begin(
        store: str, client_id: str, client_secret: str, return_url: str, settings: Settings
    ) -> SkillConsent:
        """Begin with a security profile."""
    @property
    def url(self) -> str:
        """The page of Amazon that asks the owner."""
    def landed(self) -> Awaitable[str]:
        """Wait at the return URL, where that is on this machine, and give the address."""
    def finish(self, address: str) -> Awaitable[SkillDeveloper]:
        """Take the address that the browser was sent to."""

@final
class SkillDeveloper:
    """The developer account of the owner."""

    @staticmethod
    def open(store: str, settings: Settings) -> Awaitable[SkillDeveloper]:
        """The developer whose consent was kept."""
    @property
    def skill_id(self) -> str | None:
        """The skill that was made or found last."""
    @property
    def progress(self) -> tuple[str, str]:
        """Name of the step of now, and what it does."""
    def deploy(
        self, wanted: tuple[str, str, str, list[str]], vendor: str | None, skill_id: str | None
    ) -> Awaitable[SkillDeployment]:
        """Bring a skill to Amazon."""
    def state(self, skill_id: str) -> Awaitable[SkillState | None]:
        """What Amazon has of a skill."""

@final
class SkillDeployment:
    """What a deployment did."""

    @property
    def skill_id(self) -> str:
        """The skill."""
    @property
    def vendor(self) -> str:
        """The developer organisation it belongs to."""
    @property
    def is_new(self) -> bool:
        """Whether it was made now."""
    @property
    def has_new_manifest(self) -> bool:
        """Whether its manifest was sent."""
    @property
    def new_models(self) -> list[str]:
        """Locales whose model was sent."""
    @property
    def is_newly_enabled(self) -> bool:
        """Whether it was enabled now."""
    @property
    def is_unchanged(self) -> bool:
        """Whether everything was as it should be before."""

@final
class SkillState:
    """A skill as Amazon has it."""

    @property
    def skill_id(self) -> str:
        """Its id."""
    @property
    def endpoint(self) -> str | None:
        """Where the requests of Alexa go."""
    @property
    def version(self) -> str | None:
        """The version of this program that made it; ``None`` for a skill of others."""
    @property
    def manifest(self) -> tuple[str, str | None]:
        """``in-progress``, ``succeeded`` or ``failed``, and Amazon's words about it."""
    @property
    def locales(self) -> dict[str, tuple[str, str | None]]:
        """The same of the model of each locale."""
    @property
    def is_enabled(self) -> bool:
        """Whether it can be tested by this developer."""

def check_skill(
    known: tuple[str, str | None, str | None, str],
    store: str,
    settings: Settings,
    account: Account | None = None,
    serial: str | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> Awaitable[list[Step]]:
    """Check what can be seen of a gateway without it: address, where it is, skill, name."""

def export_skill(
    folder: str, wanted: tuple[str, str, str, list[str]], force: bool
) -> Awaitable[SkillExport]:
    """Write the files of a skill: address, name, certificate, locales."""

def open_phrase(locale: str, name: str) -> str:
    """What is said to open a skill by its name."""

def skill_locales() -> list[str]:
    """Every locale that a skill can have."""

def export_session(store: str, passphrase: str) -> Awaitable[bytes]:
    """Seal the session of a store with a passphrase, to be kept elsewhere."""

def import_session(
    store: str, data: bytes, passphrase: str, replace: bool
) -> Awaitable[AccountInfo]:
    """Put what was exported into a store."""

def rotate_key(store: str) -> Awaitable[str]:
    """Seal the session of a store with a new key and tell where that key is."""

def totp(seed: str, at: float | None = None) -> tuple[str, float]:
    """Code of an authenticator seed at a unix time (now by default) and the seconds it lasts."""

def sites() -> list[str]:
    """All retail sites known."""

def public_address(text: str) -> str:
    """A public address as it is used; raises why it cannot be one."""

def normalise_site(text: str) -> str:
    """Site of what a person typed: a host or an address of it."""

def version() -> str:
    """Version of the core."""
