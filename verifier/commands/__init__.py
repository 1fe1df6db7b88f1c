"""The commands of the command line, one module each; `verifier.cli` loads the one that is asked for."""
