"""The replication of arXiv:2512.04718: materials, runs, figures and claims. No physics; see CODE.md.

Modules at the top are commands (`python -m replication.NAME`), most of them make targets. Shared code:

paths, runs, material_folder, presentation, potential_files : what is where, and how a material is shown
reduced    : tables of data/reduced: their content, when they are current, how they are read
committee  : our potentials: labels, training reports, stability trials, densities
paper      : claims, verdicts, tables and text of replication/README.md
figures, web, bench, gpu : packages that are commands themselves
"""
