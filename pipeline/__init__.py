"""The photo's way: decode, encode with SAM, choose the foreground, compose, describe."""
