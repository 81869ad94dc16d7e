"""The gateway against nginx with a replaced header, in the same run: ratios, never absolute claims."""
