"""How good one ranking is, and the means over many.

`ranked` is what was found, best first; `gains` says what each relevant document is worth (1
where the judges knew only yes and no). Documents worth nothing are not relevant.
"""
import math

NAMES = ("R@5", "R@10", "nDCG@10", "MRR")
DEPTH = 10


def discounted(values):
    return sum(value / math.log2(at + 2) for at, value in enumerate(values))


def score(ranked, gains):
    """R@5, R@10, nDCG@10 and the reciprocal rank of the first hit, all of the first ten.

    A document found twice counts once, at its better place. nDCG is trec_eval's: linear gain.
    """
    gains = {document: gain for document, gain in gains.items() if gain > 0}
    if not gains:
        raise ValueError("a question without a relevant document has no score")
    top = list(dict.fromkeys(ranked))[:DEPTH]
    found = [gains.get(document, 0) for document in top]
    ideal = sorted(gains.values(), reverse=True)[:DEPTH]
    first = next((at for at, gain in enumerate(found) if gain), None)
    return (sum(gain > 0 for gain in found[:5]) / len(gains),
            sum(gain > 0 for gain in found) / len(gains),
            discounted(found) / discounted(ideal),
            0.0 if first is None else 1 / (first + 1))


def mean(rows):
    return tuple(sum(row[at] for row in rows) / len(rows) for at in range(len(NAMES)))


def line(label, rows):
    values = "  ".join(f"{name} {value:.3f}" for name, value in zip(NAMES, mean(rows)))
    return f"{label:24s} n={len(rows):5d}  {values}"
