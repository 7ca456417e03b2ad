import errno

import pytest

from kinescape.foundation.errors import RunError
from kinescape.foundation.writing import replacing, write_text


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path):
    path = tmp_path / "table.tsv"
    write_text(path, "old")
    with pytest.raises(RunError, match="No space left on device"), replacing(path) as temporary:
        temporary.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["table.tsv"]


def test_any_other_error_also_leaves_the_old_file(tmp_path):
    path = tmp_path / "table.tsv"
    write_text(path, "old")
    with pytest.raises(KeyboardInterrupt), replacing(path):
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "results").write_text("a file")
    with pytest.raises(RunError, match="could not be written"):
        write_text(tmp_path / "results" / "table.tsv", "x")
