"""Measuring cut-outs against outlines: pairs in, figures per photo and in all out."""
