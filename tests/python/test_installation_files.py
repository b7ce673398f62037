"""
Installing into a folder that is not ours alone: what somebody else put there stays.
"""

import os
from pathlib import Path

import pytest
from mass_alexa.install import InstallError, Server, Way, apply, plan, removal
from mass_alexa.install.plan import MARK

WAYS: tuple[Way, ...] = ("launcher", "environment")
FILES = {
    "launcher": ["launcher.py", "mass_alexa_hook.py", "providers", "start-music-assistant"],
    "environment": ["environment", "mass_alexa_hook.py", "providers", "sitecustomize.py"],
}
FOREIGN = b"# precious, \xff and no UTF-8\n"


@pytest.fixture
def server(tmp_path: Path) -> Server:
    provider = tmp_path / "package" / "provider"
    provider.mkdir(parents=True)
    return Server(Path("/usr/bin/python3"), tmp_path / "music_assistant", None, provider)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "folder"


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("way", WAYS)
def test_every_file_says_who_wrote_it(way: Way, server: Server, folder: Path) -> None:
    apply(plan(way, server, folder))
    assert names(folder) == FILES[way]
    for path in folder.iterdir():
        assert path.is_dir() or MARK in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("way", WAYS)
def test_a_file_of_somebody_else_is_not_overwritten(way: Way, server: Server, folder: Path) -> None:
    folder.mkdir()
    for name in FILES[way]:
        (folder / name).write_bytes(FOREIGN)
        if name != "providers":
            with pytest.raises(InstallError, match="mass-alexa did not write it") as caught:
                plan(way, server, folder)
            assert str(folder / name) in caught.value.message
            assert "--folder" in caught.value.next_step
        assert names(folder) == [name], "a plan alone changes nothing"
        assert (folder / name).read_bytes() == FOREIGN
        (folder / name).unlink()


@pytest.mark.parametrize("way", WAYS)
def test_a_folder_in_the_place_of_a_file_is_found_before_anything_is_done(
    way: Way, server: Server, folder: Path
) -> None:
    for name in FILES[way]:
        if name != "providers":
            (folder / name).mkdir(parents=True)
            with pytest.raises(InstallError, match="is there already"):
                plan(way, server, folder)
            assert names(folder) == [name]
            (folder / name).rmdir()


@pytest.mark.parametrize("way", WAYS)
def test_a_removal_takes_only_what_was_installed(way: Way, server: Server, folder: Path) -> None:
    other = next(one for one in WAYS if one != way)
    apply(plan(way, server, folder))
    # What another way would have written, but did not: a folder of that name, and a file.
    kept, file = (name for name in FILES[other] if name not in FILES[way])
    (folder / kept).mkdir()
    (folder / kept / "deep").write_bytes(FOREIGN)
    (folder / file).write_bytes(FOREIGN)
    back = removal(way, server, folder)
    assert back.steps[-1].text == f"{folder} stays, as it holds {kept}, {file}."
    apply(back)
    assert names(folder) == [kept, file]
    assert (folder / kept / "deep").read_bytes() == FOREIGN
    assert (folder / file).read_bytes() == FOREIGN
    assert removal(way, server, folder).done


@pytest.mark.parametrize("way", WAYS)
def test_another_provider_in_the_folder_stays(way: Way, server: Server, folder: Path) -> None:
    apply(plan(way, server, folder))
    (folder / "providers" / "other_provider").mkdir()
    back = removal(way, server, folder)
    assert "stays, as it holds providers/other_provider." in back.steps[-1].text
    apply(back)
    assert names(folder) == ["providers"]
    assert names(folder / "providers") == ["other_provider"]
    assert removal(way, server, folder).done


def test_the_variables_are_told_as_what_they_are(server: Server, folder: Path) -> None:
    notes = plan("environment", server, folder).notes
    assert f"the env-file {folder / 'environment'}" in notes[0]
    assert f"PYTHONPATH has a value already, put {folder} before it." in notes[0]


@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_was_replaced_meanwhile_stays(way: Way, server: Server, folder: Path) -> None:
    apply(plan(way, server, folder))
    (folder / "mass_alexa_hook.py").write_bytes(FOREIGN)
    apply(removal(way, server, folder))
    assert names(folder) == ["mass_alexa_hook.py"]
    assert (folder / "mass_alexa_hook.py").read_bytes() == FOREIGN


@pytest.mark.parametrize("way", WAYS)
def test_two_ways_in_one_folder_do_not_break_each_other(
    way: Way, server: Server, folder: Path
) -> None:
    other = next(one for one in WAYS if one != way)
    apply(plan(way, server, folder))
    apply(plan(other, server, folder))
    apply(removal(way, server, folder))
    assert names(folder) == FILES[other]
    assert plan(other, server, folder).done
    apply(removal(other, server, folder))
    assert not folder.exists()


@pytest.mark.parametrize("way", WAYS)
def test_compiled_files_of_ours_go_with_the_folder(way: Way, server: Server, folder: Path) -> None:
    apply(plan(way, server, folder))
    cache = folder / "__pycache__"
    cache.mkdir()
    (cache / "mass_alexa_hook.cpython-313.pyc").write_bytes(b"")
    (cache / "another.cpython-313.pyc").write_bytes(b"")
    apply(removal(way, server, folder))
    assert names(folder) == ["__pycache__"]
    assert names(cache) == ["another.cpython-313.pyc"]
    (cache / "another.cpython-313.pyc").unlink()
    apply(removal(way, server, folder))
    assert not folder.exists()


@pytest.mark.parametrize("way", WAYS)
def test_a_removal_needs_no_server(way: Way, server: Server, folder: Path) -> None:
    apply(plan(way, server, folder))
    apply(removal(way, None, folder))
    assert not folder.exists()


def test_a_step_that_fails_leaves_no_half_file(server: Server, folder: Path) -> None:
    first = plan("environment", server, folder)
    (folder / "environment").mkdir(parents=True)
    with pytest.raises(InstallError, match="This step failed"):
        apply(first)
    assert not [path for path in folder.rglob("*") if path.name.endswith(".part")]


def test_what_the_system_refuses_while_planning_is_a_sentence(
    server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(plan("launcher", server, folder))

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    for planned in (plan, removal):
        with pytest.raises(InstallError, match="Permission denied") as caught:
            planned("launcher", server, folder)
        assert str(folder) in caught.value.message
        assert caught.value.next_step


def test_a_link_to_somewhere_is_all_that_is_removed(server: Server, folder: Path) -> None:
    apply(plan("launcher", server, folder))
    link = folder / "providers" / "mass_alexa"
    link.unlink()
    link.write_bytes(FOREIGN)
    with pytest.raises(InstallError, match="no link of ours"):
        removal("launcher", server, folder)
    assert os.access(folder / "start-music-assistant", os.X_OK)
