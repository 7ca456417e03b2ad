"""Public files: where they are looked for, what is shown before they are fetched, and what is refused."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from kinescape.foundation.errors import InputError, RunError
from kinescape.foundation.provenance import sha256_file
from kinescape.knowledge import resources as module
from kinescape.knowledge.resources import Resource, cache_folder, locate, resource, resources

CONTENT = b"gene\tvalue\nEGFR\t1\n"


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Resource:
    """A resource whose address is a file on this disk; nothing is cached yet."""
    source = tmp_path / "far" / "table.tsv"
    source.parent.mkdir()
    source.write_bytes(CONTENT)
    one = Resource(
        "made/table.tsv",
        source.as_uri(),
        "made/table.tsv",
        hashlib.sha256(CONTENT).hexdigest(),
        len(CONTENT),
        "MIT",
        "Somebody et al. (2020)",
    )
    monkeypatch.setattr(module, "resources", lambda: {one.name: one})
    monkeypatch.setenv("KINESCAPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KINESCAPE_DATA", raising=False)
    return one


def test_the_licence_is_told_once_before_the_first_fetch(made: Resource, tmp_path: Path) -> None:
    told: list[str] = []
    path = locate(made.name, announce=told.append)
    assert path == tmp_path / "cache" / "made" / "table.tsv"
    assert path.read_bytes() == CONTENT
    assert len(told) == 1
    assert "MIT" in told[0]
    assert "Somebody et al. (2020)" in told[0]
    assert locate(made.name, announce=told.append) == path
    assert len(told) == 1


def test_kinescape_data_is_looked_in_first_and_nothing_is_fetched(
    made: Resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "data" / made.path
    own.parent.mkdir(parents=True)
    own.write_bytes(CONTENT)
    monkeypatch.setenv("KINESCAPE_DATA", str(tmp_path / "data"))
    assert locate(made.name, announce=lambda text: pytest.fail(text)) == own
    assert not cache_folder().exists()


def test_another_file_under_kinescape_data_is_refused(
    made: Resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "data" / made.path
    own.parent.mkdir(parents=True)
    own.write_bytes(CONTENT + b"changed")
    monkeypatch.setenv("KINESCAPE_DATA", str(tmp_path / "data"))
    with pytest.raises(InputError, match="not the one the study means"):
        locate(made.name)


def test_a_damaged_cache_is_fetched_again(made: Resource) -> None:
    path = locate(made.name)
    path.write_bytes(b"damaged")
    assert locate(made.name).read_bytes() == CONTENT


@pytest.mark.parametrize("content", [b"another file", CONTENT + b"and more"])
def test_another_file_than_expected_is_not_kept(made: Resource, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "far" / "table.tsv").write_bytes(content)
    with pytest.raises(RunError, match="another file than expected"):
        locate(made.name)
    assert not list(cache_folder().rglob("*.tsv"))
    assert not list(cache_folder().rglob("*.part"))


def test_without_a_network_the_message_says_what_to_do(
    made: Resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = replace(made, url=(tmp_path / "nowhere.tsv").as_uri())
    monkeypatch.setattr(module, "resources", lambda: {gone.name: gone})
    with pytest.raises(RunError) as error:
        locate(gone.name)
    for part in (gone.name, gone.url, gone.path, "KINESCAPE_DATA"):
        assert part in str(error.value)


def test_a_cache_that_cannot_be_written_says_so(
    made: Resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "blocked").write_text("a file where a folder should be")
    monkeypatch.setenv("KINESCAPE_CACHE", str(tmp_path / "blocked"))
    with pytest.raises(RunError, match="could not be written"):
        locate(made.name)


def test_an_unknown_name_names_the_nearest(made: Resource) -> None:
    with pytest.raises(InputError, match=r"did you mean 'made/table\.tsv'"):
        resource("made/tabel.tsv")


def test_the_cache_follows_the_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KINESCAPE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(module.sys, "platform", "linux")
    assert cache_folder() == tmp_path / "kinescape"


def test_every_shipped_resource_is_at_a_fixed_commit_with_licence_and_citation() -> None:
    for one in resources().values():
        assert one.url.startswith("https://raw.githubusercontent.com/")
        commit = one.url.split("/")[5]
        assert len(commit) == 40
        assert set(commit) <= set("0123456789abcdef")
        assert len(one.sha256) == 64
        assert one.size_bytes > 0
        assert one.licence
        assert one.citation
        assert not Path(one.path).is_absolute()
        assert ".." not in one.path


def test_the_checksums_are_those_of_the_real_files(real_data: Path) -> None:
    for one in resources().values():
        place = real_data / one.path
        assert place.is_file(), one.name
        assert sha256_file(place) == one.sha256, one.name
        assert place.stat().st_size == one.size_bytes, one.name
