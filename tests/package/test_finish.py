"""
What is done to a wheel after maturin built it.
"""

import base64
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import finish
import pytest
from notices import notices

PATH = f"path+{finish.CHECKOUT.as_uri()}"
CRATES: list[dict[str, Any]] = [
    {"name": "mass-alexa", "version": "1.2.3", "source": None, "license": "Apache-2.0"},
    {"name": "tokio", "version": "1.0.0", "source": "registry", "license": "MIT"},
]


def bill() -> dict[str, Any]:
    own = {"bom-ref": f"{PATH}#mass-alexa@1.2.3", "name": "mass-alexa", "version": "1.2.3"}
    own["purl"] = "pkg:cargo/mass-alexa@1.2.3?download_url=file://..#src/lib.rs"
    tokio = {"bom-ref": "registry#tokio@1.0.0", "name": "tokio", "version": "1.0.0"}
    winapi = {"bom-ref": "registry#winapi@0.3.0", "name": "winapi", "version": "0.3.0"}
    main = {"bom-ref": f"{PATH}/python#mass-alexa-python@1.2.3", "name": "mass-alexa-python"}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "serialNumber": "urn:uuid:random",
        "metadata": {"timestamp": "now", "component": main, "tools": []},
        "components": [own, tokio, winapi],
        "dependencies": [
            {"ref": main["bom-ref"], "dependsOn": [own["bom-ref"]]},
            {"ref": own["bom-ref"], "dependsOn": [tokio["bom-ref"], winapi["bom-ref"]]},
            {"ref": winapi["bom-ref"]},
        ],
    }


def test_a_bill_tells_what_is_linked_and_nothing_of_place_and_time() -> None:
    written = finish.neutral(bill(), CRATES)
    told = json.loads(written)
    assert [part["name"] for part in told["components"]] == ["mass-alexa", "tokio"]
    assert told["components"][0]["purl"] == "pkg:cargo/mass-alexa@1.2.3#src/lib.rs"
    references = {one["ref"]: one["dependsOn"] for one in told["dependencies"]}
    assert references == {
        "path+/python#mass-alexa-python@1.2.3": ["path+#mass-alexa@1.2.3"],
        "path+#mass-alexa@1.2.3": ["registry#tokio@1.0.0"],
    }
    for gone in (str(finish.CHECKOUT).encode(), b"file:", b"random", b"now", b"winapi"):
        assert gone not in written


def test_the_second_file_of_licences_is_named_or_nothing_is_finished() -> None:
    good = b"Name: x\nLicense-File: LICENSE\nProvides-Extra: y\n"
    assert finish.with_notices(good).splitlines()[1:3] == [
        b"License-File: LICENSE",
        b"License-File: THIRD-PARTY-NOTICES.txt",
    ]
    with pytest.raises(SystemExit):
        finish.with_notices(b"Name: x\n")


def test_the_record_holds_what_installers_check() -> None:
    files = {"b.py": b"1", "a.py": b"22", "x.dist-info/RECORD": b"old"}
    lines = finish.record(files, "x.dist-info/RECORD").decode().splitlines()
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"22").digest()).decode().rstrip("=")
    assert lines[0] == f"a.py,sha256={digest},2"
    assert lines[1].startswith("b.py,sha256=")
    assert lines[2] == "x.dist-info/RECORD,,"


def test_the_same_files_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    files = {"x.dist-info/RECORD": b"r", "mass_alexa/b.py": b"1", "mass_alexa/a.py": b"2"}
    first, second = tmp_path / "1.whl", tmp_path / "2.whl"
    finish.write(first, files, {"mass_alexa/a.py": 0o100755 << 16})
    finish.write(second, dict(reversed(files.items())), {"mass_alexa/a.py": 0o100755 << 16})
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert archive.namelist() == ["mass_alexa/a.py", "mass_alexa/b.py", "x.dist-info/RECORD"]
        assert {entry.date_time[:3] for entry in archive.infolist()} == {(2023, 11, 14)}
        assert archive.getinfo("mass_alexa/a.py").external_attr >> 16 == 0o100755


def test_notices_name_every_crate_of_others_and_every_text_once(tmp_path: Path) -> None:
    crates = []
    for name, text in (("a", "Text one \r\nof it\n"), ("b", "Text one\nof it"), ("c", "Two")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "LICENSE-MIT").write_bytes(text.encode())
        (tmp_path / name / "license.rs").write_text("no text", encoding="utf-8")
        place = str(tmp_path / name / "Cargo.toml")
        crates.append({"name": name, "version": "1", "license": "MIT", "manifest_path": place})
    own = {**CRATES[0], "manifest_path": str(tmp_path / "Cargo.toml")}
    written = notices([own, *({**crate, "source": "registry"} for crate in crates)])
    assert "a 1: MIT\nb 1: MIT\nc 1: MIT\n" in written
    assert written.count("Text one\nof it") == 1
    assert "a 1, b 1\n\nText one" in written
    assert "no text" not in written
    assert "mass-alexa 1.2.3" not in written
