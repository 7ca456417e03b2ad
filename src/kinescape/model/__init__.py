"""The signalling model: what a condition does to a sample's readouts, measured or not, with intervals.

The way through the room, each step by the names of its files:

- the table as arrays: `design`, `dose_code`, `effect_scale`; `fit_notes` tells what a fit will lack or take;
- members, pure array code: `baselines`; `kernels`, `fit` and `calibration` (the hierarchical core); `new_sample`;
  `prior` (the wiring and its kernel), `network_gain`; `saturating`, `saturating_fit`; `members` lists them by name;
- held-out tests: `tasks`, `scoring`, `validate`; `network_test` asks whether the network helped;
- which member answers: `choice`; for phenotypes of combinations `phenotype_levels`, `phenotype_choice` and
  `phenotype_answers`;
- a study's model: `fitted_model` (with `further_agents`), asked by `predict` for conditions and by `intervene` for
  what is blocked, pushed or fixed: `query` reads the question, `unseen_agents` and `own_targets` say what an answer
  rests on, `fixed_nodes` holds nodes;
- what stays on disk: `model_folder`, with `checkpoint` (and its `checkpoint_parts`, `checkpoint_fits`), `influences`
  and `edge_strengths`.
"""
