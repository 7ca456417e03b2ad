"""The one table that every assay ends in, and the canonical text of a condition.

One row of `Measurements`: what one perturbation did to one node in one sample, with its uncertainty.
The columns are described in `kinescape.measurements.schema` and in `docs/data_model.md`, which is normative.
"""
