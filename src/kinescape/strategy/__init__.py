"""Strategy: from effects and knowledge to what to do next.

======================= ============================================================================
file                    concept
======================= ============================================================================
``combinations``        which pair of drugs to give, `rank_combinations`
``pathway_rules``       which pairs of pathways are known to synergise
``screened_effects``    single drugs and pairs of a screen, sorted by agent, dose and background
``measured_synergy``    Bliss and HSA expectations and excess, with replicate error
``pareto``              non-dominated fronts
``adaptive``            what a cell does under a drug to get round it, `adaptive_responses`
``routes``              paths of the network beside a blocked target
``escape``              which genes restore what a drug blocked, `escape_routes`
``propagation``         signed influence over a network
``escape_features``     what is known of a target and a candidate gene
``escape_weights``      the ranking's weights and how they were obtained
======================= ============================================================================
"""
