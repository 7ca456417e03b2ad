"""What the field knows: the signed network, the agents and their targets, the names, the classes.

===================  =================================================================================
`network`            `Network`, `Edge`, `load_core_network`: signed, directed, each edge with its papers
`network_formats`    `read_network`, `write_network`: SIF, edge table, BNET, GraphML, CX2, SBML-qual,
                     SIGNOR, OmniPath
`network_sources`    `fetch_network`: public networks, checked by checksum, their licence shown first
`inspection`         `describe_network`, `check_network`: a network in numbers, and what to know of it
`expansion`          `expand_families`: families and complexes made into genes
`agents`             `Agent`, `Target`, `AgentTable`, `load_agents`, `resolve_agent`: drugs and ligands
`names`              `load_readouts`: what an antibody or a column name measures
`families`           `target_class`, `agent_classes`, `members`: classes from the place in the network
`resources`          `locate`: public files, checked by checksum
`mutants`            what is known of resistance mutants
===================  =================================================================================
"""
