"""Viability of cells under drugs, from the plate reader to curves and synergy.

The way through the room: `dose_reading` reads any dose-response file (layouts in `reading`), `curves` fits it
(`curve_fitting`), `growth_rate` sets it against growth; `synergy` reads and scores dose matrices
(`combination_scoring`, `musyc`); `study_formats` and `long_table` read the same files as parts of a study.
"""
