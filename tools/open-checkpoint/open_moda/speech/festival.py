"""Voices that Festival speaks: what they can read, and which sounds their phones are.

Diphone, unit-selection and statistical voices of people, with a breath and a spectrum that no formant synthesiser has; Festival knows when
each phone ends. Free packages of Debian: SOURCES.md.
"""

from __future__ import annotations

import random
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from open_moda.speech import sentences
from open_moda.speech.espeak import SAMPLE_RATE, Phoneme, Utterance
from open_moda.speech.waves import read_wave


def _phones(different: str, same: str) -> dict[str, str]:
    """Phones to IPA: pairs such as `sh=ʃ`, and phones that are written as they sound."""
    return dict(pair.split("=") for pair in different.split()) | {name: name for name in same.split()}


_ENGLISH = _phones(
    "aa=ɑ ae=æ ah=ʌ ao=ɔ aw=aʊ ax=ə axr=ɚ ay=aɪ ch=tʃ dh=ð dx=ɾ eh=ɛ el=əl em=əm en=ən er=ɝ ey=eɪ g=ɡ hh=h hv=ɦ ih=ɪ iy=i jh=dʒ ng=ŋ nx=n "
    "ow=oʊ oy=ɔɪ r=ɹ sh=ʃ th=θ uh=ʊ uw=u y=j zh=ʒ", "b d f k l m n p s t v w z")
_ROMANCE = _phones("ax=ə E=ɛ O=ɔ g=ɡ S=ʃ Z=ʒ tS=tʃ dZ=dʒ J=ɲ ng=ŋ nf=ɱ L=ʎ rr=r", "a b d dz e f i j k l m n o p r s t ts u v w z")
_FINNISH = _phones("@=æ 7=ø &=ə g=ɡ T=θ D=ð S=ʃ Z=ʒ N=ŋ L=l", "a b d e f h i j k l m n o p r s t u v w y z")
_CZECH = _phones(
    "e=ɛ i=ɪ c=ts c~=tʃ ch=x d~=ɟ dz~=dʒ g=ɡ h=ɦ n*=ŋ n~=ɲ r~=rʒ r~*=rʃ s~=ʃ t~=c z~=ʒ", "a b d dz f j k l m n o p r s t u v z")
_RUSSIAN = _phones(
    "ii=i yy=ɨ uu=u ee=e oo=o aa=a a=ɐ e=ɪ i=ɪ y=ɨ u=ʊ ae=ə ay=ə ur=ʊ pp=p bb=b tt=t dd=d kk=k g=ɡ gg=ɡ c=ts ch=tɕ ff=f vv=v ss=s zz=z sh=ʂ "
    "sch=ɕ zh=ʐ h=x hh=x mm=m nn=n ll=l rr=r", "b d f j k l m n p r s t v z")

_LATIN = {"sh": "s", "ch": "c", "th": "t", "w": "v"}
"""What other languages do not write as English does."""
_CYRILLIC = {"sh": "ш", "ch": "ч", "th": "т", "w": "в"} | dict(zip("bpmfvtdnszlrkghjaeiou", "бпмфвтднсзлркгхйаеиоу"))


@dataclass(frozen=True)
class FestivalVoice:
    """name: Festival's. phones: to IPA, without the marks of stress and length. spelling: of invented words; None reads English."""

    name: str
    phones: Mapping[str, str]
    spelling: Mapping[str, str] | None = None


VOICES = (
    FestivalVoice("kal_diphone", _ENGLISH),
    FestivalVoice("ked_diphone", _ENGLISH),
    FestivalVoice("lp_diphone", _ROMANCE, _LATIN),
    FestivalVoice("pc_diphone", _ROMANCE, _LATIN),
    FestivalVoice("upc_ca_ona_hts", _ROMANCE, _LATIN),
    FestivalVoice("suo_fi_lj_diphone", _FINNISH, _LATIN),
    FestivalVoice("hy_fi_mv_diphone", _FINNISH, _LATIN),
    FestivalVoice("czech_dita", _CZECH, _LATIN),
    FestivalVoice("czech_krb", _CZECH, _LATIN),
    FestivalVoice("czech_machac", _CZECH, _LATIN),
    FestivalVoice("czech_ph", _CZECH, _LATIN),
    FestivalVoice("msu_ru_nsh_clunits", _RUSSIAN, _CYRILLIC),
)
"""None is of a speaker whose voice flite has, by which motion is judged."""

_MARKS = "0123456789:"
_SCHEME = """\
(voice_{voice})
(define (say text stretch name)
  (Param.set 'Duration_Stretch stretch)
  (let ((utterance (eval (list 'Utterance 'Text text))) (labels (fopen (string-append name ".lab") "w")))
    (utt.synth utterance)
    (utt.wave.resample utterance {rate})
    (utt.save.wave utterance (string-append name ".wav") 'riff)
    (mapcar (lambda (phone) (format labels "%s %f\\n" (item.name phone) (item.feat phone 'end))) (utt.relation.items utterance 'Segment))
    (fclose labels)))
"""


def say(voice: FestivalVoice, seconds: float, source: random.Random) -> list[Utterance]:
    """Invented sentences of so many seconds together. Raises OSError where Festival or the voice is missing."""
    spoken: list[Utterance] = []
    while sum(len(utterance.samples) for utterance in spoken) < seconds * SAMPLE_RATE:
        told = _run(voice, [(_text(voice, source), source.uniform(0.8, 1.25)) for _ in range(20)])
        if not told:
            raise OSError(f"Festival said nothing with the voice '{voice.name}': apt-get install festival and the packages of SOURCES.md.")
        spoken += told
    return spoken


def _text(voice: FestivalVoice, source: random.Random) -> str:
    if voice.spelling is None:
        return sentences.passage("en-us", source, parts=1)
    words = sentences.invented(source, source.randint(4, 10))
    for letters, written in voice.spelling.items():
        words = words.replace(letters, written)
    return words + "."


def _run(voice: FestivalVoice, texts: Sequence[tuple[str, float]]) -> list[Utterance]:
    with tempfile.TemporaryDirectory() as folder:
        names = [f"{folder}/{index}" for index in range(len(texts))]
        lines = [f'(unwind-protect (say "{text}" {stretch:.2f} "{name}"))\n' for (text, stretch), name in zip(texts, names)]
        script = Path(folder, "say.scm")
        script.write_text(_SCHEME.format(voice=voice.name, rate=SAMPLE_RATE) + "".join(lines))
        subprocess.run(["festival", "-b", str(script)], check=False, capture_output=True)
        return [utterance for name in names if (utterance := _read(voice, Path(name))) is not None]


def _read(voice: FestivalVoice, name: Path) -> Utterance | None:
    recording, labels = name.with_suffix(".wav"), name.with_suffix(".lab")
    if not recording.exists() or not labels.exists():
        return None
    phonemes, start = [], 0.0
    for line in labels.read_text().splitlines():
        phone, end = line.split()
        phonemes.append(Phoneme(voice.phones.get(phone.rstrip(_MARKS) or phone, ""), start))
        start = float(end)
    return Utterance(read_wave(recording), tuple(phonemes))
