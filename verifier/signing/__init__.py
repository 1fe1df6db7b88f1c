"""Writing: the authority's mark and signatures on a document, and what keeps them valid for decades."""
