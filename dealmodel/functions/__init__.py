"""The worksheet functions, by subject: pure, NumPy and SciPy only."""
