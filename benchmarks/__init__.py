"""What the machine allows, what others do, and what Holdfast does, measured beside each other in one run."""
