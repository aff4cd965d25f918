"""The pictures of a report: inline SVG, drawn from data."""
