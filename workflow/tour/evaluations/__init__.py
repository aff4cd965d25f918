"""The evaluation logs of the tour, and the script that makes them: real Inspect logs of runs that need no model."""
