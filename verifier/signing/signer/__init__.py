"""The signer process: holds keys, looks for itself whether an officer confirmed, and signs nothing else."""
