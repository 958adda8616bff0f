"""Standard uncertainties by the GUM: measurements, correlations, first and second order."""
