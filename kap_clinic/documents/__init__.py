"""Papers: a letter becomes a PDF, kept with hash, version and signer."""
