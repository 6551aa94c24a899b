"""What is a contact or money in a text, in whatever spelling, and what only looks like it."""

from __future__ import annotations

import pytest

from pipeline.captions.contacts import has_contact
from pipeline.captions.facts import prices_in
from pipeline.captions.truth import Ground

MONEY = """
500 dollars|500 Dollars|a dollar price: 100 dollars|100 rubles|100 roubles|1 rouble|$5|US$5|5$|$ 5
USD 500|500 USD|usd 500|EUR 20|20 EUR|GBP 15|500 bucks|20 euros|1 euro|€45|45 €|£10|¥900
1,500.00 dollars|RUB 1,500|1500 RUB|5000 tenge|KZT 5000|50000 soums|50000 UZS|99 cents
5 thousand dollars|5k dollars|₽500|500 рублей|1 рубль|3 рубля|500 руб.|500 руб|1 500 р.|1500р
5 тыс. руб.|5 тысяч рублей|10к руб|100 баксов|10 долл.|10 долларов|3 000 тенге|500 тг|50 000 сум
50 000 сумов|3 500 сомов|100 гривен|40 манат|20 евро|1 234 567 ₽|900 ₴|900 ₸|50 копеек|200 юаней
10 BYN|10 фунтов стерлингов
"""
CONTACTS = """
evil.com|EVIL.COM|evil dot com|evil Dot Com|evil[.]com|evil [.] com|evil(.)com|evil{.}com
evil(dot)com|evil [dot] com|hxxp://evil|hxxps://evil.example|HXXP://evil|http : //evil
https://evil|evil․com|evil。com|evil．com|evil·com|ev\u200bil.com|evil.\u200bcom|evil . com|evil .ru
evil dot net|магазин точка ру|shop точка ком|магазин точка рф|shop (точка) ru
name собака mail точка ru|name(собака)mail.ru|name[at]gmail.com|name (at) gmail
name at gmail dot com|name＠mail.ru|name@mail.ru|@shop_ru|www.evil|t.me/shop|+7 999 123-45-67
4111 1111 1111 1111|4111-1111-1111-1111|4111111111111111|5555 5555 5555 4444|2200 0000 0000 0004
карта 2201.3820.0000.0013|3782 822463 10005|6212 3456 7890 1232
переводы на 4111 1111 1111 1111, Сбер|4111  1111  1111  1111|4111 / 1111 / 1111 / 1111
4111_1111_1111_1111|4111*1111*1111*1111|4111, 1111, 1111, 1111|４１１１ １１１１ １１１１ １１１１
4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1|evil-dot-com|evil_dot_com|evil *dot* com|evil<dot>com
evil тчк ru|evil(тчк)ru
"""
INNOCENT = """
polka dot dress|Polka dots combine with stripes|A polka dot net veil|Swiss dot net overlay
red dot on the lid|A dot of paint at the bottom|dot matrix print|dotted line|connect the dots
100% cotton|95% cotton, 5% elastane|5 pockets|size 38|Size M (fits 44–46)|500 g|500 ml bottle
2 pounds of yarn|weighs 5 pounds|16 buckles|100 buckets|rub 10 minutes with wax|Rub 5 times
a 4k screen|10 k gold|18k gold ring|USB 3.0|USB 500 mA|EU 38|one size (at the waist 70 cm)
price on request|dollar sign print|a euro style kitchen|ruble print on the mug
a hundred ways to wear it|centimetres: 20 x 30|20 cents' worth of charm is a joke line
item at hand (see photo 2)|EAN 4006381333931|ISBN 978-3-16-148410-0|art. 1234567890123456
art. 4111 1111 1111 1112|model 2023-11-29|10 x 15 x 20 cm|No. 5 (dot pattern)
Made of wool. Common sense. Net weight 200 g|A bag. Me and you|платье в горошек|попал в точку
в точку|точка росы|чёрная точка на крышке|точка, тире|Точка ручкой ставится сама
игрушка собака мягкая|собака (щенок) из плюша|свитер с собакой|кот и собака дома|100% хлопок
5 карманов|размер 38|рост 170–176|500 г|500 мл|100 рубленых котлет|5 рубашек|2 рубчика|рубчик 2 мм
5 сумок|3 сомика|10 долек|12 драмкружков|5 евростандартов|16 кнопок|2 рядами|5 роз|10 к одному
сумма прописью|цена при встрече|артикул 12345678|штрихкод 4601234567893|ГОСТ 12.4.011-89|20 копий
3 тысячи узелков|тонкие швы. Ручка длинная|дом у моря . Вид на закат|хлопок·лён|объём 1.5 л
размеры 42, 44, 46, 48, 50, 52, 54, 58|42/44/46/48/50/52/54/58|sizes 42 44 46 48 50 52 54 58
рост 122-128-134-140-146-164|ткань (состав: лён)|вид сбоку [фото 2]|серия 2020 2021 2022 2023
"""


def cases(table: str) -> list[str]:
    return [case for line in table.split("\n") for case in line.split("|") if case]


@pytest.mark.parametrize("text", cases(MONEY))
def test_money_is_noticed(text: str) -> None:
    assert list(prices_in(text))
    assert list(prices_in(f"Bag, {text}, new."))
    assert list(Ground().inventions(text))


@pytest.mark.parametrize("text", cases(CONTACTS))
def test_a_contact_is_noticed(text: str) -> None:
    assert has_contact(text)
    assert has_contact(f"Сумка. {text}, звоните")


@pytest.mark.parametrize("text", cases(INNOCENT))
def test_an_ordinary_text_is_left_alone(text: str) -> None:
    assert not has_contact(text)
    assert not list(prices_in(text)) or "cents" in text


def test_the_tables_are_as_long_as_they_say() -> None:
    assert len(cases(INNOCENT)) >= 60
