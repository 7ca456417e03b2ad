"""The signalling model: what a condition does to a sample's readouts, measured or not, with intervals.

The way through the room: `design` turns the one table into arrays; `baselines` and `fit` hold the members,
pure array code; `choice` says which member answers which question; `predict` fits and answers; `validate`
holds conditions, agents and samples out of the user's own data and shows every member beside the baselines.
"""
