"""Text as people write it, drawn at random."""

from __future__ import annotations

from hypothesis import strategies as st

from pipeline.captions.text import tidy

WORDS = st.text("абвгдежийклмнопрстуabcdefgxyz0123456789😍", min_size=1, max_size=12)
GAPS = st.sampled_from([" ", " ", " ", ", ", ". ", "! ", "… ", " — ", "; ", "\n\n", " (", "."])


@st.composite
def prose(draw: st.DrawFn) -> str:
    words = draw(st.lists(WORDS, max_size=60))
    return tidy("".join(word + draw(GAPS) for word in words))
