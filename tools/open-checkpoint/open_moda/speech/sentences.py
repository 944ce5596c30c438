"""Things to say in many languages, made up: numbers, invented words, and short English sentences."""

from __future__ import annotations

import random

LANGUAGES = (
    "en-us", "en-gb-x-rp", "en-gb-scotland", "de", "fr-be", "es", "es-419", "it", "pt", "pt-br", "nl", "sv", "nb", "da", "pl", "cs", "fi", "hu",
    "tr", "ro", "el", "ru", "id", "sw", "hi", "cmn", "ja", "ko", "vi", "ar")
"""Languages of training; English comes oftenest, since the sentences are English."""

HELD_OUT_LANGUAGES = ("sk", "af", "ca")
VARIANTS = (
    "m1", "m2", "m3", "m4", "m5", "m6", "m8", "f1", "f2", "f3", "f4", "klatt", "klatt3", "adam", "Andy", "Annie", "belinda", "edward", "Gene",
    "linda", "max", "paul", "robert", "steph", "victor", "zac", "anika", "Diogo", "grandma", "norbert")
HELD_OUT_VARIANTS = ("m7", "f5", "klatt2", "Michael", "Alicia")

_ONSETS = ("", "b", "p", "m", "f", "v", "w", "t", "d", "n", "s", "z", "l", "r", "k", "g", "h", "j", "sh", "ch", "th", "br", "pl", "st", "tr", "gl")
_NUCLEI = ("a", "e", "i", "o", "u", "ai", "ea", "oo", "ou", "ie")
_CODAS = ("", "", "", "n", "m", "l", "r", "s", "t", "p", "k", "nd", "st", "mp")
_SUBJECTS = (
    "my mother", "the old baker", "a small boat", "every summer", "the mayor of this town", "our neighbour", "a pair of brown boots", "the whole family",
    "someone upstairs", "the first bus", "her brother Paul", "the weather", "a very big map", "the music", "that open window", "nobody")
_VERBS = (
    "might bring back", "will probably move", "has never opened", "remembers", "bought", "keeps", "would put away", "tells us about", "looks for",
    "is thinking of", "gave up", "believes in", "makes", "put", "follows", "warms up")
_OBJECTS = (
    "a cup of warm milk", "five blue bottles", "the map of the harbour", "a piece of apple pie", "more than we hoped for", "the best part of the film",
    "an empty bag", "two thousand people", "the bridge by the river", "a pot of pepper soup", "everything", "the shape of the moon",
    "a simple problem", "my favourite number", "the word maybe", "some bread and butter")
_ENDINGS = (
    "", "", " before breakfast", " in the evening", ", but not today", " with a smile", " from time to time", " every other week", ", doesn't it",
    " as far as I know", " and then goes home", " once more")
_PUNCTUATION = (".", ".", ".", "?", "!", "...")


def passage(language: str, source: random.Random, parts: int) -> str:
    """Some sentences for a voice of a language."""
    english = language.startswith("en")
    return " ".join(_sentence(english, source) for _ in range(parts))


def invented(source: random.Random, words: int) -> str:
    """Words of no language."""
    return " ".join(_word(source) for _ in range(words))


def _sentence(english: bool, source: random.Random) -> str:
    kind = source.random()
    if english and kind < 0.7:
        words = f"{source.choice(_SUBJECTS)} {source.choice(_VERBS)} {source.choice(_OBJECTS)}{source.choice(_ENDINGS)}"
    elif kind < (0.8 if english else 0.35):
        words = " ".join(str(source.randrange(10 ** source.randint(1, 5))) for _ in range(source.randint(1, 4)))
    else:
        words = invented(source, source.randint(3, 9))
    return words.capitalize() + source.choice(_PUNCTUATION)


def _word(source: random.Random) -> str:
    return "".join(
        source.choice(_ONSETS) + source.choice(_NUCLEI) + (source.choice(_CODAS) if last else "")
        for last in [False] * source.randint(0, 2) + [True])
