"""
Commands that make a device be heard: speech, announcements, text commands, sounds.
"""

from typing import Annotated

import typer

from mass_alexa import Account
from mass_alexa.errors import InvalidInputError

from .control import DeviceArgument, told
from .invocation import Invocation, command
from .progress import Progress
from .selection import chosen

WordsArgument = Annotated[list[str], typer.Argument(metavar="TEXT", help="What to say.")]
CommandArgument = Annotated[
    list[str],
    typer.Argument(metavar="TEXT", help="What you would say after 'Alexa', in its language."),
]
SoundArgument = Annotated[str, typer.Argument(metavar="SOUND", help="Amazon's id of the sound.")]
AnnounceArgument = Annotated[
    list[str],
    typer.Argument(metavar="DEVICE|TEXT", help="The devices, and last the text in quotes."),
]
EverywhereOption = Annotated[bool, typer.Option("--all", help="On every device that can announce.")]
TitleOption = Annotated[
    str | None, typer.Option("--title", help="What displays show above the text.")
]

VolumeOption = Annotated[
    int | None,
    typer.Option(
        "--volume", min=0, max=100, help="Volume for this alone; the one before comes back."
    ),
]
SsmlOption = Annotated[bool, typer.Option("--ssml", help="The text is SSML.")]
RespectOption = Annotated[
    bool, typer.Option("--respect-dnd", help="Leave out devices that are not to be disturbed.")
]


def register(app: typer.Typer) -> None:
    """
    Add the commands.

    :param app: The command line.
    """
    command(app, "say")(say)
    command(app, "announce")(announce)
    command(app, "text")(text_command)
    command(app, "sound")(sound)


async def say(
    run: Invocation,
    device: DeviceArgument,
    text: WordsArgument,
    level: VolumeOption = None,
    ssml: SsmlOption = False,
) -> None:
    """
    Say a text in Alexa's voice.
    """
    words = _joined(text)
    async with run.account() as account:
        known = await account.devices(extras=False)
        target = chosen(known, device)
        report = await account.speak(target.serial, words, ssml=ssml, volume=level)
        told(run, report, known, "speaks")
        await _settled(run, account, level)


async def announce(
    run: Invocation,
    words: AnnounceArgument,
    everywhere: EverywhereOption = False,
    title: TitleOption = None,
    level: VolumeOption = None,
    ssml: SsmlOption = False,
    respect: RespectOption = False,
) -> None:
    """
    Announce a text on one device, several, or all.
    """
    *named, text = words
    if bool(named) == everywhere:
        raise InvalidInputError(
            "no-device-named",
            "An announcement needs either devices or --all, and the text.",
            "For example: mass-alexa announce Kitchen Studio 'Dinner is ready'",
        )
    _joined([text])
    async with run.account() as account:
        devices = await account.devices(extras=False)
        if everywhere:
            targets = [
                one
                for one in devices
                if one.is_player and one.online and "announce" in one.features
            ]
        else:
            targets = list({(one := chosen(devices, name)).serial: one for name in named}.values())
        report = await account.announce(
            [one.serial for one in targets],
            text,
            title,
            ssml=ssml,
            volume=level,
            respect_do_not_disturb=respect,
        )
        told(run, report, devices, "announced")
        await _settled(run, account, level)


async def text_command(run: Invocation, device: DeviceArgument, text: CommandArgument) -> None:
    """
    Do what the text would do if it were spoken to the device.
    """
    words = _joined(text)
    async with run.account() as account:
        known = await account.devices(extras=False)
        target = chosen(known, device)
        told(run, await account.text_command(target.serial, words), known, "does it")


async def sound(run: Invocation, device: DeviceArgument, sound_id: SoundArgument) -> None:
    """
    Play one of Alexa's sounds.
    """
    async with run.account() as account:
        known = await account.devices(extras=False)
        target = chosen(known, device)
        told(run, await account.play_sound(target.serial, sound_id), known, "plays the sound")


async def _settled(run: Invocation, account: Account, level: int | None) -> None:
    """
    Stay until the volume is as it was before; whoever does not wait leaves it to the next command.

    :param run: The run.
    :param account: The account.
    :param level: The volume that was wanted for the speech, if any.
    """
    if level is None:
        return
    with Progress(run.output) as progress:
        progress.stage("Waiting to bring the volume back")
        await account.settle()


def _joined(words: list[str]) -> str:
    """
    Make one text of the words typed.

    :param words: The words.
    """
    text = " ".join(words).strip()
    if not text:
        raise InvalidInputError("bad-text", "There is nothing to say.", "Give a text.")
    return text
