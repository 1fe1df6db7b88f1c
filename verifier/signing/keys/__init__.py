"""The keys that the signer process holds: which there are, what each can do, and signing with them."""
