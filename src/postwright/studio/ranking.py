"""Which sentences carry an idea: TextRank on tf-idf cosines.

After Mihalcea and Tarau, "TextRank: Bringing Order into Texts" (EMNLP 2004): PageRank over the graph of
sentences, edges weighted by likeness. The matrix of likenesses is never built: with L2-normed rows A,
A (A^T p) gives its product with p, so a 200,000-character text costs what its words cost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import regex

from postwright.studio.language import stopwords
from postwright.studio.leaning import leans
from postwright.studio.reading import Sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}'’-]*")
_IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")
_DAMPING = 0.85
_ROUNDS = 30
_VOCABULARY = 2000  # the most frequent terms: bounds memory on huge texts
_MOST_RANKED = 4000  # sentences: so does this; what a book says after them weighs nothing


def rank(sentences: Sequence[Sentence], language: str) -> list[float]:
    """A weight for each sentence, the greatest 1.0; the earlier of two equals is a little heavier."""
    if not sentences:
        return []
    scores = [float(score) for score in _textrank(_vectors([terms(s.text, language) for s in sentences[:_MOST_RANKED]]))]
    for index, sentence in enumerate(sentences[:_MOST_RANKED]):
        inner = sentence.kind == "item" and index > 0 and sentences[index - 1].block == sentence.block
        scores[index] *= _standing(sentence, index, len(sentences), language) * (0.6 if inner else 1.0)
    greatest = max(scores)
    return [score / greatest for score in scores] + [0.0] * (len(sentences) - len(scores))


def terms(text: str, language: str) -> list[str]:
    """Words in lower case without stopwords; scripts without spaces give pairs of characters."""
    if len(_IDEOGRAPH.findall(text[:400])) > 0.3 * len(text[:400]):
        signs = [c for c in text if c.isalnum()]
        return [a + b for a, b in pairwise(signs)]
    stop = stopwords(language)
    return [word for word in (found.lower() for found in _WORD.findall(text)) if len(word) > 1 and word not in stop]


def _vectors(documents: list[list[str]]) -> NDArray[np.float32]:
    """One L2-normed tf-idf row for each sentence."""
    import numpy as np  # late: the web starts without it

    spread = Counter(term for words in documents for term in set(words))
    column = {term: i for i, (term, _) in enumerate(sorted(spread.items(), key=lambda item: (-item[1], item[0]))[:_VOCABULARY])}
    matrix = np.zeros((len(documents), max(len(column), 1)), dtype=np.float32)
    for row, words in enumerate(documents):
        for term, count in Counter(words).items():
            if term in column:
                matrix[row, column[term]] = (1 + np.log(count)) * np.log(1 + len(documents) / spread[term])
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(np.divide(matrix, norms, out=matrix, where=norms > 0), dtype=np.float32)


def _textrank(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    import numpy as np

    count = len(rows)
    own = np.einsum("ij,ij->i", rows, rows)  # likeness to itself: no edge
    degree = rows @ rows.sum(axis=0) - own
    linked = degree > 1e-9
    weight = np.full(count, 1 / count)
    for _ in range(_ROUNDS):
        share = np.where(linked, weight / np.where(linked, degree, 1), 0).astype(np.float32)
        weight = (1 - _DAMPING) / count + _DAMPING * (rows @ (share @ rows) - own * share)
    return np.asarray(np.maximum(weight, 1e-12), dtype=np.float64)


def _standing(sentence: Sentence, index: int, count: int, language: str) -> float:
    """What a sentence's form says about how well it stands alone: length, leaning on others, place."""
    length = len(sentence.text)
    factor = 1.0 if 30 <= length <= 220 else 0.6 if length < 400 else 0.3
    if sentence.text.endswith((":", "：")):
        factor *= 0.2
    if leans(sentence.text, language):
        factor *= 0.7
    return factor * (1.15 - 0.15 * index / count)
