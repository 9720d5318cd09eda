"""Which language a post is written in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.classifier.language import detect


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("my train is late again and nobody tells us why", "en"),
        ("ok", "en"),
        ("Schon wieder Verspätung, und niemand sagt mir warum!", "de"),
        ("Mon colis n'est toujours pas arrivé, c'est inadmissible", "fr"),
        ("Llevo dos horas esperando y nadie me da una solución", "es"),
        ("Il treno è in ritardo e nessuno risponde", "it"),
        ("Já faz uma semana e vocês não resolvem o meu problema", "pt"),
        ("Mijn pakket is nog steeds niet geleverd, waarom duurt het zo lang", "nl"),
        ("paket saya belum sampai, kenapa tidak ada kabar dari kurir", "id"),
        ("mera paisa kat gaya hai aur koi jawab nahi de raha", "hi"),
        ("電車が遅れています", "ja"),
        ("我的包裹在哪里", "zh"),
        ("الطائرة متأخرة جدا", "ar"),
        ("Где мой заказ?", "ru"),
        ("Де моя посилка? Її досі немає", "uk"),
        ("मेरा पैसा वापस करो", "hi"),
        ("ངའི་དོ་པོ་ག་པར་ཡོད", "und"),
        ("𝗺𝘆 𝘁𝗿𝗮𝗶𝗻 𝗶𝘀 𝗹𝗮𝘁𝗲 𝗮𝗴𝗮𝗶𝗻", "en"),
        ("", "und"),
        ("😡😡 https://t.co/abc @brand 12345", "und"),
    ],
)
def test_languages(text: str, code: str) -> None:
    assert detect(text) == code


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    assert len(detect(text)) in (2, 3)
