"""The signalling model: what a condition does to a sample's readouts, measured or not, with intervals.

The way through, by the names of files and rooms:

- the table as arrays: `design`, `dose_code`, `effect_scale`; `fit_notes` tells what a fit will lack or take;
- members, pure array code: `baselines`; `fit`, the hierarchical Gaussian core, with its inside in `core/`;
  `new_sample`; `prior`, the wiring and its kernel; `network_members/` use it; `members` lists them all by name;
- `validate` tests them on what was held out, with the means in `held_out/`; `held_out/network_test` asks whether the
  network helped;
- `choice`: which member answers which question; of combinations' phenotypes, `phenotypes/`;
- `fitted_model`: a study's model, asked by `predict` for conditions and by `intervene` for what is blocked, pushed or
  fixed; `questions/` reads what is asked and says what an answer rests on;
- `checkpoint`: what stays on disk, with its parts in `on_disk/`.
"""
