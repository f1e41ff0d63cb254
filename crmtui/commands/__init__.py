"""The command line's nouns: each module parses words, makes one workspace call, and prints."""
