"""The methods of the engine, a family a module. The door is :class:`workflow.engine.Engine`.

What few of them need (the audit, packs, process files, requests) they import themselves when they are called: whoever
asks where a release stands need not wait for it. ``tests/architecture/test_startup.py`` names it.
"""
