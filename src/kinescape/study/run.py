"""The main job: a study folder in, tables and evidence out, stage by stage."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault
from kinescape.measurements.conditions import AgentDose, Condition
from kinescape.measurements.effects import assess_effects
from kinescape.study.inputs import StudyInputs, faults_of_files, load_inputs
from kinescape.study.methods import methods_used
from kinescape.study.phospho_methods import phospho_methods
from kinescape.study.record import input_hashes, provenance
from kinescape.study.results import StudyResults
from kinescape.study.specification import SpecificationError, StudySpecification, read_specification
from kinescape.study.stages import Frames, StageKeeper, run_key

if TYPE_CHECKING:
    from kinescape.model.design import Design

STAGES = ("reading", "effects", "validation", "network", "predictions", "escape", "combinations", "writing")
"""The stages of a run, in order."""


@dataclass(frozen=True)
class Progress:
    """What a run tells whoever watches it.

    Parameters
    ----------
    stage : str
        One of `STAGES`.
    kept : bool
        Whether its tables were taken from an earlier, stopped run.
    step : str
        What is being done inside the stage; empty at its beginning.
    lasting : bool
        Whether the step is worth keeping on the screen: what will take long, or will be left out.
    """

    stage: str
    kept: bool = False
    step: str = ""
    lasting: bool = False


Watch = Callable[[Progress], None]


def check_study(path: str | Path, *, announce: Callable[[str], None] | None = None) -> StudyInputs:
    """Read a study and every file that it names, and tell all that is wrong with them at once.

    Parameters
    ----------
    path : str or Path
        The `study.toml`, or its folder.
    announce : callable, optional
        Told what is read, and licence and citation of a public file before it is fetched.

    Returns
    -------
    StudyInputs
        What was read; `.notes` holds what a reader of the report should know.

    Raises
    ------
    InputError
        With every fault of the study and its files.
    """
    return load_inputs(_specification(path), announce=announce)


def run_study(path: str | Path, out: str | Path | None = None, *, watch: Watch | None = None) -> StudyResults:
    """Run a study and write its tables.

    Everything is checked before anything is computed. A stopped run goes on where it was when it is called
    again with the same files and settings.

    Parameters
    ----------
    path : str or Path
        The `study.toml`, or its folder.
    out : str or Path, optional
        Folder of the results; `results` in the study's folder by default.
    watch : callable, optional
        Told what is being done.

    Returns
    -------
    StudyResults
        All the tables; make a page of them with `write_report`.

    Raises
    ------
    InputError
        Where the study or a file is at fault.
    RunError
        Where a file could not be fetched or written.

    Notes
    -----
    The same inputs and seed give the same tables, but for the column `cpu_seconds` of `validation`, which is a
    clock.
    """
    tell: Watch = watch or (lambda progress: None)
    specification = _specification(path)
    place = results_folder(specification.folder, out)
    tell(Progress("reading"))
    inputs = load_inputs(specification, announce=lambda text: tell(Progress("reading", step=text)))
    hashes = input_hashes(inputs)
    keeper = StageKeeper(
        place / ".stages", run_key(hashes), lambda name, kept: tell(Progress(name, kept=kept))
    )
    frames, notes = _computed(inputs, keeper, tell, place / "model")
    results = StudyResults(
        specification=specification,
        measurements=inputs.measurements,
        quality=inputs.quality,
        effects=frames["effects"],
        validation=frames["validation"],
        comparisons=frames["comparisons"],
        network_test=frames["network_test"],
        network_words=frames["network_words"]["words"][0],
        predictions=frames["predictions"],
        combinations=frames["combinations"],
        escape=frames["escape"],
        network=inputs.network,
        agents=inputs.agents,
        methods=(*methods_used(frames), *phospho_methods(inputs.phospho)),
        notes=(*inputs.notes, *notes),
        provenance=provenance(inputs, hashes),
        phospho=inputs.phospho,
        choices=frames["choices"],
        phenotype_levels=frames["phenotype_levels"],
    )
    tell(Progress("writing"))
    results.write(place)
    return results


def _specification(path: str | Path) -> StudySpecification:
    """The study, or all its faults and those of its files at once."""
    try:
        return read_specification(path)
    except SpecificationError as error:
        found = faults_of_files(error.readable) if error.readable is not None else ()
        raise InputError((*error.faults, *found)) from None


def results_folder(study_folder: Path, out: str | Path | None) -> Path:
    """Where the results go: `out`, or `results` in the study's folder."""
    return Path(out) if out is not None else study_folder / "results"


def forget_stages(out: str | Path) -> None:
    """Remove what a finished run kept for going on; called once the report is written."""
    shutil.rmtree(Path(out) / ".stages", ignore_errors=True)


def _computed(
    inputs: StudyInputs, keeper: StageKeeper, tell: Watch, model_folder: Path
) -> tuple[Frames, tuple[Fault, ...]]:
    """Tables of all the stages, and what was noted on the way; the fitted model goes into its folder."""
    from kinescape.model.fit_notes import model_checks
    from kinescape.model.held_out.network_test import network_test
    from kinescape.model.members import members_with
    from kinescape.model.on_disk.model_folder import MODEL_MEMBERS, write_model_folder
    from kinescape.model.phenotypes.phenotype_answers import choices_with_levels
    from kinescape.model.phenotypes.phenotype_choice import compare_levels
    from kinescape.model.predict import designs_for, fit_model, predict_conditions
    from kinescape.model.prior import wiring_of
    from kinescape.model.validate import Validation, validate
    from kinescape.strategy.adaptive import adaptive_responses
    from kinescape.strategy.combinations import COLUMNS, rank_combinations

    specification = inputs.specification
    measurements, agents, network = inputs.measurements, inputs.agents, inputs.network
    name, seed = specification.name, specification.seed
    designs = designs_for(measurements, agents=agents)
    wiring = wiring_of(network, agents, readouts=inputs.readouts)

    def step(stage: str) -> Callable[[str], None]:
        return lambda text: tell(Progress(stage, step=text))

    def validation() -> Frames:
        members = members_with(wiring)
        found = validate(designs, dataset=name, seed=seed, members=members, progress=step("validation"))
        schema = {"dataset": pl.String, "task": pl.String, "reason": pl.String}
        impossible = pl.DataFrame(list(found.impossible), schema=schema, orient="row")
        return {"validation": found.table, "comparisons": found.comparisons, "impossible": impossible}

    def network_helped() -> Frames:
        found = network_test(designs[0], wiring, seed=seed, progress=step("network"))
        return {"network_test": found.frame(), "network_words": pl.DataFrame({"words": [found.words]})}

    def predictions() -> Frames:
        tested = Validation(kept["validation"], kept["comparisons"], (), {}, {})
        model = fit_model(
            designs,
            agents=agents,
            seed=seed,
            dataset=name,
            validation=tested,
            network=network,
            readouts=inputs.readouts,
            members=MODEL_MEMBERS,
        )
        tell(Progress("predictions", step="what the phenotype of held-out pairs is predicted from"))
        levels = compare_levels(designs, seed=seed)
        model = replace(model, levels=levels)
        tell(Progress("predictions", step="the fitted model, its influences and its network"))
        write_model_folder(model, model_folder)
        predicted = predict_conditions(model, unmeasured_conditions(designs))
        return {
            "predictions": predicted,
            "choices": choices_with_levels(model.choices_frame(), levels, name),
            "phenotype_levels": levels,
        }

    def ranking() -> Frames:
        if specification.suppress not in measurements.where(sample=specification.target_sample).nodes:
            return {"combinations": pl.DataFrame(schema=COLUMNS)}
        predicted, bliss_error = predictions_to_rank_by(kept, designs, specification)
        frame = rank_combinations(
            measurements,
            network,
            agents,
            target_sample=specification.target_sample,
            reference_sample=specification.reference_sample,
            suppress=specification.suppress,
            candidates=specification.candidates.agents,
            exclude_pairs=[(first, second) for first, second in specification.candidates.exclude_pairs],
            predictions=predicted,
            escape=kept["escape"],
            bliss_error=bliss_error,
            seed=seed,
        )
        return {"combinations": frame}

    def escape() -> Frames:
        found = [
            adaptive_responses(
                measurements,
                network,
                agents,
                sample=sample,
                suppress=specification.suppress,
                readouts=inputs.readouts,
                phospho_assays=inputs.phospho_assays,
            )
            for sample in measurements.samples
        ]
        return {"escape": pl.concat(found)}

    checks = model_checks(designs, wiring, seed=seed)
    for note in checks:
        if note.code in ("memory", "too-large", "tests-shortened"):
            tell(Progress("validation", step=note.found, lasting=True))
    kept: Frames = {}
    kept |= keeper.run("effects", lambda: {"effects": assess_effects(measurements)})
    kept |= keeper.run("validation", validation)
    kept |= keeper.run("network", network_helped)
    kept |= keeper.run("predictions", predictions)
    kept |= keeper.run("escape", escape)
    kept |= keeper.run("combinations", ranking)
    notes = [*(note for design in designs for note in design.notes), *checks]
    for row in kept["impossible"].iter_rows(named=True):
        found = f"{row['dataset']}: {row['task'].replace('_', ' ')} could not be tested: {row['reason']}"
        notes.append(Fault("task-impossible", found, severity="note"))
    return kept, tuple(notes)


def predictions_to_rank_by(
    frames: Frames, designs: tuple[Design, ...], specification: StudySpecification
) -> tuple[pl.DataFrame | None, float | None]:
    """The model's predictions where they won on held-out pairs; else none, and how far off Bliss was.

    Bliss on single drugs is the sum of singles on a logarithmic scale. What is to be suppressed is ranked by the
    model only where it was closer to held-out pairs of this very study.

    Parameters
    ----------
    frames : dict of str to polars.DataFrame
        Tables of the run so far: validation, choices, predictions, and phenotype_levels where there is one.
    designs : tuple of Design
        One for each scale.
    specification : StudySpecification
        Names what is to be suppressed.
    """
    from kinescape.model.validate import dataset_name

    wanted = specification.suppress
    levels = frames.get("phenotype_levels")
    if levels is not None and not (own := levels.filter(pl.col("readout") == wanted)).is_empty():
        plain = float(own.filter(pl.col("level") == "sum_of_singles")["rmse"].max())  # type: ignore[arg-type]
        other = own.filter(pl.col("chosen") & (pl.col("level") != "sum_of_singles"))
        return (None if other.is_empty() else frames["predictions"]), plain
    design = next((one for one in designs if wanted in one.readouts), designs[0])
    dataset = dataset_name(design, specification.name)
    rows = frames["validation"].filter(
        (pl.col("task") == "unseen_combination") & (pl.col("dataset") == dataset)
    )
    errors = dict(rows.select("method", "rmse").iter_rows())
    chosen = (
        frames["choices"]
        .filter((pl.col("dataset") == dataset) & (pl.col("question") == "unseen_combination"))["method"]
        .to_list()
    )
    pooled = errors.get("sum_of_singles")
    model = errors.get(chosen[0]) if chosen else None
    better = model is not None and pooled is not None and model < pooled
    # An error pooled over other readouts of the scale says nothing of how far off this one is.
    bliss_error = pooled if tuple(design.readouts) == (wanted,) else None
    return (frames["predictions"] if better else None), bliss_error


def unmeasured_conditions(designs: tuple[Design, ...]) -> list[Condition]:
    """Every pair of inhibitors, at every pair of their doses, that some sample of a study lacks.

    Parameters
    ----------
    designs : tuple of Design
        One for each scale; a pair counts as measured where every sample of every design holds it.
    """
    wanted: dict[str, Condition] = {}
    for design in designs:
        inhibitors = {
            agent for agent, kind in zip(design.agents, design.kinds, strict=True) if kind == "inhibitor"
        }
        doses: dict[str, set[AgentDose]] = {}
        for text in design.conditions:
            for dose in Condition.parse(text).doses:
                if dose.agent in inhibitors:
                    doses.setdefault(dose.agent, set()).add(dose)
        rows = zip(design.rows.sample.tolist(), design.rows.condition.tolist(), strict=True)
        measured = set(rows)
        for first, second in combinations(sorted(doses), 2):
            for pair in product(doses[first], doses[second]):
                condition = Condition(pair)
                if any((sample, condition.text) not in measured for sample in range(len(design.samples))):
                    wanted[condition.text] = condition
    return [wanted[text] for text in sorted(wanted)]
