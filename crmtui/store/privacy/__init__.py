"""What is kept about one person: found wherever it stands, exported, erased, and that it was."""
