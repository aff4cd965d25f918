"""What an auditor asks of a history: views over the entries, each made by folding them again. Nothing here decides.

One module a question; what they share is the walk over the entries and the ledger as it was at some point. All of them
take whatever can be read as a ledger is, so that they can be asked of less than a whole database as well.
"""

LOOK = 100_000
"""How many entries one page of a search looks at, where nothing else is said."""
