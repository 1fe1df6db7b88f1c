"""PDF, reading only: `reader.read_document` turns bytes into `facts.DocumentFacts`."""
