"""Ab-initio labels: any ASE calculator labels, farthest-point selection chooses what is worth it."""
