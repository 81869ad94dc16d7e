"""KeyVault: the roof (settings, URLs, API) and the floor (keys, addresses, words) of the house."""
