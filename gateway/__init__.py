"""The gateway: an ordinary request made with a token goes to its provider with the real key in the token's place."""
