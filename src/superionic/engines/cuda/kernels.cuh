// All kernels, in the order of a step: [kick, move_cell,] drift, [fold, scan, fill, order, neighbours, mirror,] site,
// gather, close_step. README.md says what each costs.
#pragma once
#include "cell.cuh"
#include "site.cuh"
