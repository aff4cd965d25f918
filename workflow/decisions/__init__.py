"""What each command makes happen, a family of commands a module. The door is :mod:`workflow.decide`."""
