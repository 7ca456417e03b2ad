"""The design of an experiment, its contrasts, and how sure a change of a site is."""
