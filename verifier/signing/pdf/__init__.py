"""Writing PDF: incremental updates with signature fields, marks and validation data, and covers; nothing here signs."""
