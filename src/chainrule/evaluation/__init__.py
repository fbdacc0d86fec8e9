"""How good predictions are: scores, a baseline to beat, calibration, sets of classes, the distance from the optimum."""
