from pathlib import Path

from kinescape.measurements.schema import COLUMNS, FLAGS, SCALES, VERSION

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "data_model.md").read_text(encoding="utf-8")


def test_the_normative_page_names_every_column_scale_and_flag():
    listed = [line.split("`")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    assert listed[: len(COLUMNS)] == list(COLUMNS)
    for flag, meaning in FLAGS.items():
        assert f"| `{flag}` | {meaning} |" in PAGE
    for scale in SCALES:
        assert f"`{scale}`" in PAGE
    assert f"now {VERSION})" in PAGE
