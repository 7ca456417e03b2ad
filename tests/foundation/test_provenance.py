import hashlib

from kinescape.foundation.provenance import sha256_file, sha256_text, software_versions


def test_hash_of_a_file_is_that_of_its_bytes(tmp_path):
    content = b"x" * (3 << 20)
    path = tmp_path / "data.bin"
    path.write_bytes(content)
    assert sha256_file(path) == hashlib.sha256(content).hexdigest()
    assert sha256_text("µM") == hashlib.sha256("µM".encode()).hexdigest()


def test_versions_name_what_makes_numbers():
    versions = software_versions()
    assert {"python", "kinescape", "numpy", "scipy", "polars"} <= set(versions)
