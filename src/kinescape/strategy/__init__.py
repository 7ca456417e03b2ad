"""Strategy: from effects and knowledge to what to do next.

========================= ============================================================================
file                      concept
========================= ============================================================================
``combinations``          which pair of drugs to give, `rank_combinations`
``combination_rows``      the rows of one pair, as measured or at the doses that show most
``combination_estimates`` a pair's effect: measured, predicted, or Bliss of the singles
``pathway_rules``         which pairs of pathways are known to synergise
``screened_effects``      single drugs and pairs of a screen, sorted by agent, dose and background
``measured_synergy``      Bliss and HSA expectations and excess, with replicate error
``pareto``                non-dominated fronts
``adaptive``              what a cell does under a drug to get round it, `adaptive_responses`
``adaptive_changes``      change of node activity under each single drug
``routes``                paths of the network beside a blocked target
``escape``                which genes restore what a drug blocked, `escape_routes`
``closing_set``           second targets that close the routes a drug leaves open
``documented``            documented escapes and growth effectors
``escape_targets``        drugs, genes and older symbols into blocked genes
``propagation``           signed influence over a network
``escape_features``       what is known of a target and a candidate gene
``escape_weights``        the ranking's weights and how they were obtained
========================= ============================================================================
"""
