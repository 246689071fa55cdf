"""Small tables of English and of Latin letters, for perturbations of texts."""

from __future__ import annotations

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _neighbours() -> dict[str, str]:
    at = {key: (row, column + row / 2) for row, keys in enumerate(ROWS) for column, key in enumerate(keys)}
    return {
        key: "".join(
            other for other, (row, place) in at.items() if other != key and abs(row - r) <= 1 and abs(place - c) <= 1
        )
        for key, (r, c) in at.items()
    }


NEIGHBOURS = _neighbours()
"""Keys beside each key of a QWERTY keyboard."""

_ALIKE = "rn=m cl=d vv=w 0=O 1=l 5=S 8=B 2=Z 6=b 9=g I=l o=0 l=1 S=5 B=8 m=rn d=cl w=vv h=b e=c"
OCR = [(pair.partition("=")[0], pair.partition("=")[2]) for pair in _ALIKE.split()]
"""What optical character recognition takes for something else."""

HOMOGLYPHS = dict(
    zip(
        "aceijlopsxyhdqwvgnuABCEHIJKMOPSTXYZN",
        "асеіјӏорѕхуһԁԛԝѵɡոսАВСЕНІЈКМОРЅТХҮΖΝ",
        strict=True,
    )
)
"""Letters of other scripts that look like a Latin letter."""

_CONTRACTED = """
are not=aren't; cannot=can't; could not=couldn't; did not=didn't; does not=doesn't; do not=don't; had not=hadn't;
has not=hasn't; have not=haven't; is not=isn't; must not=mustn't; should not=shouldn't; was not=wasn't;
were not=weren't; will not=won't; would not=wouldn't; i am=i'm; you are=you're; we are=we're; they are=they're;
it is=it's; that is=that's; there is=there's; i have=i've; you have=you've; we have=we've; they have=they've;
i will=i'll; you will=you'll; we will=we'll; they will=they'll; let us=let's
"""
CONTRACTIONS = [(pair.partition("=")[0].strip(), pair.partition("=")[2].strip()) for pair in _CONTRACTED.split(";")]

VERBS = frozenset(
    [
        "am",
        "is",
        "are",
        "was",
        "were",
        "do",
        "does",
        "did",
        "have",
        "has",
        "had",
        "can",
        "could",
        "will",
        "would",
        "should",
        "must",
        "may",
        "might",
    ]
)
NEGATIONS = frozenset(
    [
        "no",
        "not",
        "never",
        "none",
        "nobody",
        "nothing",
        "neither",
        "nor",
        "nowhere",
        "without",
        "hardly",
        "barely",
        "scarcely",
        "cannot",
    ]
    + [short for _, short in CONTRACTIONS if short.endswith("n't")]
)
STOPWORDS = VERBS | frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "or",
        "but",
        "if",
        "then",
        "than",
        "so",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "of",
        "off",
        "on",
        "onto",
        "out",
        "over",
        "to",
        "up",
        "with",
        "about",
        "after",
        "before",
        "between",
        "during",
        "through",
        "under",
        "until",
        "while",
        "this",
        "that",
        "these",
        "those",
        "there",
        "here",
        "i",
        "me",
        "my",
        "we",
        "us",
        "our",
        "you",
        "your",
        "he",
        "him",
        "his",
        "she",
        "her",
        "it",
        "its",
        "they",
        "them",
        "their",
        "who",
        "whom",
        "which",
        "what",
        "when",
        "where",
        "why",
        "how",
        "all",
        "any",
        "both",
        "each",
        "few",
        "more",
        "most",
        "other",
        "some",
        "such",
        "only",
        "own",
        "same",
        "too",
        "very",
        "just",
        "be",
        "been",
        "being",
        "having",
        "doing",
        "because",
        "again",
        "once",
        "s",
        "t",
    ]
)
