import polars as pl
import pytest

from kinescape.study.stages import StageKeeper, run_key


def keeper(folder, key="k", log=None):
    return StageKeeper(folder, key, None if log is None else lambda name, kept: log.append((name, kept)))


def frames(value=1):
    return {"table": pl.DataFrame({"x": [value]})}


def test_a_finished_stage_is_not_made_again(tmp_path):
    log = []
    first = keeper(tmp_path, log=log).run("read", frames)
    again = keeper(tmp_path, log=log).run("read", lambda: pytest.fail("made again"))
    assert again["table"].equals(first["table"])
    assert log == [("read", False), ("read", True)]


def test_a_killed_stage_is_made_again_and_the_one_before_is_kept(tmp_path):
    def killed():
        raise KeyboardInterrupt

    run = keeper(tmp_path)
    run.run("read", frames)
    with pytest.raises(KeyboardInterrupt):
        run.run("fit", killed)
    run = keeper(tmp_path)
    run.run("read", lambda: pytest.fail("made again"))
    assert run.run("fit", lambda: frames(2))["table"]["x"].to_list() == [2]


def test_a_changed_input_makes_the_stage_and_all_after_it_run_again(tmp_path):
    run = keeper(tmp_path, "old")
    run.run("read", frames)
    run.run("fit", frames)
    made = []
    run = keeper(tmp_path, "new")
    for name in ("read", "fit"):
        run.run(name, lambda name=name: made.append(name) or frames(3))
    assert made == ["read", "fit"]


def test_a_damaged_stage_is_made_again(tmp_path):
    keeper(tmp_path).run("read", frames)
    (tmp_path / "read" / "table.parquet").write_bytes(b"half")
    assert keeper(tmp_path).run("read", lambda: frames(5))["table"]["x"].to_list() == [5]


def test_the_key_depends_on_every_input():
    assert run_key({"a": "1"}) == run_key({"a": "1"})
    assert len({run_key({"a": "1"}), run_key({"a": "2"}), run_key({"a": "1", "b": "1"})}) == 3
