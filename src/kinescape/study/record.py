"""What a run depends on and where it came from: hashes, versions, settings, licences, citations."""

from __future__ import annotations

from typing import Any

from kinescape.foundation.provenance import sha256_file, sha256_text, software_versions
from kinescape.study.inputs import StudyInputs
from kinescape.study.specification import StudySpecification


def input_hashes(inputs: StudyInputs) -> dict[str, str]:
    """SHA-256 of every setting and file that a run depends on, by name."""
    hashes = {"settings": sha256_text(settings_text(inputs.specification))}
    for name, path in inputs.paths.items():
        hashes[name] = sha256_file(path)
    return hashes


def settings_text(specification: StudySpecification) -> str:
    """The settings as one text that does not depend on where the study lies."""
    return specification.model_dump_json(exclude={"folder"})


def provenance(inputs: StudyInputs, hashes: dict[str, str]) -> dict[str, Any]:
    """The record that goes with the results; it holds no time and no place, so that it can be compared."""
    specification = inputs.specification
    return {
        "software": software_versions(),
        "study": specification.name,
        "simulated": specification.simulated,
        "seed": specification.seed,
        "settings": specification.model_dump(mode="json", exclude={"folder"}),
        "inputs": [
            {"name": name, "sha256": digest} for name, digest in sorted(hashes.items()) if name != "settings"
        ],
        "settings_sha256": hashes["settings"],
        "network": {
            "name": inputs.network.name,
            "licence": inputs.network.licence,
            "nodes": len(inputs.network.nodes),
            "edges": len(inputs.network.edges),
            "share_with_reference": round(inputs.network.share_referenced, 4),
        },
        "resources": [
            {
                "name": resource.name,
                "url": resource.url,
                "licence": resource.licence,
                "citation": resource.citation,
                "sha256": resource.sha256,
            }
            for resource in inputs.resources
        ],
    }
