"""
What may be in the compiled module. Every function gives sentences about what is wrong.
"""

import io
import re
from pathlib import Path

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from elftools.elf.sections import SymbolTableSection

ENTRY = "PyInit__native"
LIBRARIES = re.compile(
    r"(libc\.so\.6|libm\.so\.6|libdl\.so\.2|libpthread\.so\.0|librt\.so\.1|libgcc_s\.so\.1"
    r"|ld-linux-[\w-]+\.so\.[12])"
)
"""What the manylinux policies let a wheel take from the system."""
HOMES = re.compile(rb"/(?:home|Users|root)/[A-Za-z0-9._-]+/|[A-Z]:\\Users\\|\.cargo/registry/src")
MANYLINUX = re.compile(r"manylinux_2_(\d+)_\w+")


def unreadable(data: bytes, architecture: str) -> list[str]:
    """
    Whether it is a module of that kind of machine at all.

    :param data: The compiled module.
    :param architecture: What the tag of the wheel says.
    """
    if not data.startswith(b"\x7fELF"):
        return ["the module is no ELF file"]
    machine = {"x64": "x86_64", "AArch64": "aarch64"}.get(of(data).get_machine_arch())
    return [] if machine == architecture else [f"the module is made for {machine}"]


def unstripped(data: bytes) -> list[str]:
    """
    Symbols and notes for debuggers, which are half of the size.

    :param data: The compiled module.
    """
    sections = [str(section.name) for section in of(data).iter_sections()]
    kept = [name for name in sections if name.startswith((".symtab", ".debug", ".gnu_debug"))]
    return [f"section {name} was not stripped" for name in kept]


def paths(data: bytes, places: list[Path]) -> list[str]:
    """
    Paths of the machine that built it: they tell who did, and no two builds are the same.

    :param data: The compiled module, or any other file.
    :param places: Folders of this machine.
    """
    found = {hit.group().decode() for hit in HOMES.finditer(data)}
    found |= {str(place) for place in places if str(place).encode() in data}
    return [f"the path {path} of the building machine is in it" for path in sorted(found)]


def exports(data: bytes) -> list[str]:
    """
    Names that others could take for their own. Python needs one.

    :param data: The compiled module.
    """
    found = {
        symbol.name
        for section in of(data).iter_sections()
        if isinstance(section, SymbolTableSection) and section.name == ".dynsym"
        for symbol in section.iter_symbols()
        if symbol["st_shndx"] != "SHN_UNDEF" and symbol["st_info"]["bind"] != "STB_LOCAL"
    }
    wrong = [f"{name} is visible to others" for name in sorted(found - {ENTRY})]
    return wrong if ENTRY in found else [*wrong, f"{ENTRY} is missing"]


def libraries(data: bytes) -> list[str]:
    """
    Libraries that not every Linux has, and places of its own where it would look for them.

    :param data: The compiled module.
    """
    wrong = []
    for tag in (tag for part in dynamic(data) for tag in part.iter_tags()):
        if tag.entry.d_tag == "DT_NEEDED" and not LIBRARIES.fullmatch(tag.needed):
            wrong.append(f"it needs {tag.needed}")
        if tag.entry.d_tag in ("DT_RPATH", "DT_RUNPATH"):
            wrong.append("it names folders to look for libraries in")
    return wrong


def versions(data: bytes) -> set[tuple[int, ...]]:
    """
    Every version of the GNU C library that it asks for.

    :param data: The compiled module.
    """
    return {
        tuple(int(part) for part in need.name.removeprefix("GLIBC_").split("."))
        for section in of(data).iter_sections()
        if isinstance(section, GNUVerNeedSection)
        for _, needs in section.iter_versions()
        for need in needs
        if re.fullmatch(r"GLIBC_[\d.]+", need.name)
    }


def too_new(asked: set[tuple[int, ...]], platform: str) -> list[str]:
    """
    What systems that the tag promises do not have.

    :param asked: Versions of the GNU C library.
    :param platform: Platform tag.
    """
    promised = [int(hit.group(1)) for hit in MANYLINUX.finditer(platform)]
    if not promised:
        return [f"{platform} is no manylinux tag"]
    oldest = (2, min(promised))
    return [
        f"it needs glibc {'.'.join(map(str, version))}, the tag promises 2.{oldest[1]}"
        for version in sorted(asked)
        if version[:2] > oldest
    ]


def soft(data: bytes) -> list[str]:
    """
    Hardening that every linker offers: no stack that can be run, tables that cannot be written.

    :param data: The compiled module.
    """
    segments = {segment["p_type"]: segment["p_flags"] for segment in of(data).iter_segments()}
    wrong = []
    if segments.get("PT_GNU_STACK", 1) & 1:
        wrong.append("its stack can be executed")
    if "PT_GNU_RELRO" not in segments:
        wrong.append("its tables of addresses stay writable")
    if any(tag.entry.d_tag == "DT_TEXTREL" for part in dynamic(data) for tag in part.iter_tags()):
        wrong.append("its code is changed when it is loaded")
    return wrong


def of(data: bytes) -> ELFFile:
    """
    Open a module.

    :param data: The compiled module.
    """
    return ELFFile(io.BytesIO(data))


def dynamic(data: bytes) -> list[DynamicSection]:
    """
    What the loader reads.

    :param data: The compiled module.
    """
    return [part for part in of(data).iter_sections() if isinstance(part, DynamicSection)]
