"""From the user's files to numbers: reading, splitting into words, vocabularies, encoded text on disk."""
