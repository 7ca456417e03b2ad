"""Strategy: from effects and knowledge to what to do next.

================= ======================= ==============================================================
file              its room                concept
================= ======================= ==============================================================
``adaptive``      ``escape_evidence``     what a cell does under a drug to get round it
``escape``        ``escape_evidence``     which genes restore what a drug blocked, `escape_routes`
``combinations``  ``pair_ranking``        which pair of drugs to give, `rank_combinations`
``experiments``   ``experiment_planning`` which pairs to test next, `next_experiments`
``dose_cells``    ``experiment_planning`` which doses of a matrix to test next
``evolution``     ``resistance``          which mutants come under which schedule, and when
================= ======================= ==============================================================
"""
