"""Mutants under drugs: their birth and death, schedules, patients, what is forecast and how sure it is."""
