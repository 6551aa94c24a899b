"""Servers that run a model that looks at pictures: catalogue, requests, answers, refusals."""
