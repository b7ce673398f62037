"""
Options of what a skill is to be like.
"""

from typing import Annotated

import typer

from mass_alexa.skill import Certificate

PublicUrlOption = Annotated[
    str,
    typer.Option(
        "--public-url",
        envvar="MASS_ALEXA_PUBLIC_URL",
        metavar="ADDRESS",
        help="Where the gateway can be reached from the internet, such as "
        "https://music.example.org.",
    ),
]
NameOption = Annotated[
    str,
    typer.Option(
        "--invocation-name", metavar="NAME", help="What the skill is opened by, as spoken."
    ),
]
CertificateOption = Annotated[
    Certificate,
    typer.Option(
        "--certificate",
        help="What the public address shows: a certificate of exactly its name, or one of all "
        "names of its domain (*.example.org).",
    ),
]
LocaleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--locale",
        metavar="LOCALE",
        help="Only this locale, such as de-DE; can be given more than once. All by default.",
        show_default=False,
    ),
]
