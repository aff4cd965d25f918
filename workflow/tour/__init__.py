"""The tour: the story of one release that was delayed with no end date, told by running it."""
