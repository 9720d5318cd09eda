# ruff: noqa: RUF001 - the words of other languages
"""Makes ``language_profile.json``: trigrams from the tweets of ``xlmt``, words by hand."""

import json
import math
import re
import unicodedata
from collections import Counter
from pathlib import Path

from monitor.classifier.language import NOISE, WORD, trigrams

NAMES = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian",
    "pt": "portuguese",
}  # fmt: skip
KEPT = 1500
FLOOR = -11.0
WORD_WEIGHT = 1.5

# Frequent words that are rarely English ones. Hindi is here in Latin letters. A language without
# trigrams loses those that it shares with one that has them.
WORDS = {
    "en": (
        "the and you to of is it for that have with this was are your my not be on but just so at "
        "what all they we can do get i me no if out how when from will there been has why don who "
        "would am an as had our one now about by up i'm its more any need after please still want "
        "help ve ll didn doesn or than too his her she he them very good bad app service never"
    ),
    "de": (
        "und der die das ist nicht ich sie mit für auf den ein eine dem auch wie aber wenn nur "
        "noch sich bei oder wir haben hat mal mich mir dass was zu im von schon kann keine kein "
        "ihr euch ja nein sehr wird werden sind war bin hab habe nach aus zum zur über immer "
        "heute"
    ),
    "fr": (
        "le la les des est et pas une un que qui pour dans je vous nous il elle sur avec ce cette "
        "mais plus du au aux ne sont ça c'est suis j'ai ai mon ma mes votre vos tout très bien "
        "fait être avoir comme quand merci bonjour toujours depuis encore chez rien"
    ),
    "es": (
        "el la los las que de en y no es un una por para con mi se lo me te su del al pero como "
        "más si ya muy esta este está son hay porque cuando gracias hola yo tu usted nada todo "
        "todos sin tengo puedo quiero hace también ni nos les sus fue soy"
    ),
    "it": (
        "il lo la gli le che di non è un una per con mi si ma come più sono ho hai ha del della "
        "nel anche questo questa perché quando grazie io tu ci se al dei delle da solo molto "
        "ancora tutto tutti fare fatto bene sempre mai buongiorno"
    ),
    "pt": (
        "o os as que não de em um uma para com se por mais mas como eu você voce vocês foi está "
        "estou são do da dos das no na ao meu minha me muito bem já só quando isso esse essa ele "
        "ela tem ter obrigado obrigada bom dia vcs vc pra fazer também até nem"
    ),
    "nl": (
        "het een van ik je niet dat en zijn op voor met maar er aan wat heb mijn jullie ook naar "
        "geen nog dan bij als wel waarom hoe deze kan nu al jij wij meer graag weer moet uit over "
        "heeft waar hebben"
    ),
    "sv": (
        "och det att jag är inte som på för med har vi ni den till av om var kan när från man mig "
        "ska så nu bara hej varför efter mitt era"
    ),
    "da": (
        "og det jeg er ikke på til med har vi af den som for kan når fra mig hvad hvor så men nu "
        "hvorfor eller være"
    ),
    "nb": (
        "og det jeg er ikke på til med har vi av den som for kan når fra meg hva hvor så men nå "
        "hvorfor eller være"
    ),
    "fi": "ja on ei se että en mutta kun niin minä mitä nyt vaan ole oli olen teidän tämä jos ihan",
    "pl": (
        "nie się jest na to że jak w do co czy mam już za od tak ale mi po dla jestem tylko przez "
        "gdzie kiedy dlaczego proszę dzień dobry"
    ),
    "tr": (
        "bir ve için çok mı ben yok değil gibi daha kadar olarak neden niye lütfen hala şu sonra "
        "bana beni olan"
    ),
    "id": (
        "yang di dan itu dengan untuk tidak ini dari saya ada aku kamu ke bisa sudah belum nya "
        "kok gak ga nggak banget udah lagi apa kenapa gimana mau aja sama kalo tapi juga dong sih "
        "min kak tolong masih pakai terus jadi kalau"
    ),
    "tl": (
        "ang ng mga sa na hindi ko ba po yung lang naman kasi ako kayo niyo nyo pa wala bakit ano "
        "din rin nga may kung mo si para"
    ),
    "vi": "không là và của có được cho tôi này một người những các với bạn đã rồi mà như",
    "ro": "și nu este în pe că cu mai la sunt pentru care dar din ce am fost acest dacă sau",
    "hu": "és hogy nem az egy van volt már csak meg ez de mert nekem vagy mit még",
    "cs": "se na je že to si jsem ale jak už tak není jsou mám mi když proč jen",
    "hi": (
        "hai nahi nahin kya mera meri mere ko ka ki ke se hain aur bhi ho raha rahi rahe kar karo "
        "karne kr toh hu hoon tha thi kuch bahut bohot acha accha apna aap mujhe koi jo isme nhi "
        "hua gaya liye wala paise ye yeh sab mat abhi kyu kyun bhai krne krdo rha rhe hota"
    ),
    "sw": "ya na wa kwa ni hii katika za la kama lakini yangu nini sana hapa bado jamani mimi",
    "ms": "yang dan tak saya untuk dengan ni nak boleh dah kenapa macam tu kat sebab ada dari kau",
}


def main(shared: Path, out: Path) -> None:
    """Writes the profile beside the classifier's code."""
    tables = {}
    for code, name in NAMES.items():
        lines = (shared / f"data/xlmt/{name}/train_text.txt").read_text("utf-8").splitlines()
        counts: Counter[str] = Counter()
        for line in lines:
            text = unicodedata.normalize("NFKC", NOISE.sub(" ", line))
            counts += trigrams(
                [word.lower() for word in WORD.findall(re.sub("['\u2019]", " ", text))]
            )
        total = counts.total()
        tables[code] = {g: round(math.log(n / total), 2) for g, n in counts.most_common(KEPT)}
    trained = {word for code in NAMES for word in WORDS[code].split()}
    words = {
        code: line if code in NAMES else " ".join(w for w in line.split() if w not in trained)
        for code, line in WORDS.items()
    }
    profile = {
        "floor": FLOOR, "word_weight": WORD_WEIGHT, "trigrams": tables, "words": words,
    }  # fmt: skip
    out.write_text(json.dumps(profile, ensure_ascii=False, separators=(",", ":")), "utf-8")
