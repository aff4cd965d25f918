"""The methods of the engine, a family a module. The door is :class:`workflow.engine.Engine`."""
