"""
Start the host as the server is started; prints the domains it found and ends.
"""

import argparse
import asyncio
from pathlib import Path

from music_assistant.mass import MusicAssistant


def main() -> None:
    """
    Parse the arguments the real server knows and list the providers.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", "-c", "--config", required=True)
    arguments = parser.parse_args()
    mass = MusicAssistant(arguments.data_dir, str(Path(arguments.data_dir) / ".cache"))
    asyncio.run(mass.load_manifests())
    print(*sorted(manifest.domain for manifest in mass.get_provider_manifests()))  # noqa: T201


if __name__ == "__main__":
    main()
