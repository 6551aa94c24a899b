"""The studio in which the backgrounds are path-traced: ``python -m backgrounds.studio [names]``.

Development only: it needs the extra ``studio`` and is no part of the wheel.
"""
