"""Every usual care instruction and its sign, in the two languages of the catalogue's natives."""

from __future__ import annotations

from typing import Final

from pipeline.cards.care import IS_CARE, CareSign, sign_of

WASH, HAND, BLEACH, IRON = (
    CareSign("wash"),
    CareSign("hand"),
    CareSign("bleach"),
    CareSign("iron"),
)
TUMBLE, DRY, CLEAN, OTHER = (
    CareSign("tumble"),
    CareSign("dry"),
    CareSign("clean"),
    CareSign("other"),
)
NO_WASH, NO_BLEACH, NO_IRON, NO_TUMBLE, NO_CLEAN, NO_WRING = (
    CareSign(name, crossed=True) for name in ("wash", "bleach", "iron", "tumble", "clean", "wring")
)
OXYGEN, WET = CareSign("bleach", kinds=("oxygen",)), CareSign("clean", kinds=("wet",))
SHADE, FLAT, LINE, DRIP = (
    CareSign("dry", kinds=(one,)) for one in ("shade", "flat", "line", "drip")
)
STEAMLESS = CareSign("iron", kinds=("steamless",))


def at(degrees: int, bars: int = 0) -> CareSign:
    return CareSign("wash", degrees=str(degrees), bars=bars)


def hot(dots: int) -> CareSign:
    return CareSign("iron", dots=dots)


def drum(dots: int) -> CareSign:
    return CareSign("tumble", dots=dots)


SIGNS: Final = {
    at(30): (
        "Стирка при 30 градусах", "Стирать при 30°", "Стирать при температуре не выше 30 °C",
        "Не стирать при температуре выше 30°", "Стирать при 30–40 °C", "Машинная стирка 30",
        "Стирать до 30 градусов", "Стирка не более 30°C", "Стирать в стиральной машине при 30",
        "Machine wash at 30 °C", "Washable at 30 °C", "Wash at max. 30C",
        "Wash at no more than 30 °C", "Machine wash not above 30°",
    ),
    at(30, 2): ("Деликатная стирка при 30°", "Стирать при 30° в деликатном режиме",
                "Machine wash 30 °C delicate cycle"),
    at(40, 1): ("Бережная стирка 40°", "Щадящая стирка при 40 градусах", "Gentle wash at 40 °C"),
    at(40): ("Машинная стирка 40\u00a0°C", "Стирать при 40 до 30 раз", "Machine wash warm 40°"),
    at(95): ("Стирать при 95 °C",),
    CareSign("wash", bars=2): ("Деликатная стирка", "Wash on a delicate cycle"),
    WASH: ("Машинная стирка", "Стирать отдельно", "Стирать с вещами похожих цветов",
           "Стирать с изнанки", "Не стирать в горячей воде", "Стирать в холодной воде",
           "Стирать 30 минут", "Machine washable", "Wash inside out", "Wash with like colours",
           "Wash at 86 °F", "Ручная или машинная стирка"),
    NO_WASH: ("Не стирать", "Стирать нельзя", "Нельзя стирать", "Стирка запрещена", "Do not wash",
              "Washing not allowed"),
    HAND: ("Ручная стирка", "Только ручная стирка", "Стирать вручную", "Стирать руками",
           "Стирка ручная при 30°", "Ручная стирка без отжима", "Hand wash", "Hand wash only",
           "Wash by hand", "Hand-wash cold"),
    NO_BLEACH: ("Не отбеливать", "Отбеливание запрещено", "Нельзя отбеливать", "Без отбеливания",
                "Не использовать отбеливатель", "Стирать без отбеливателя",
                "Не стирать с отбеливателем", "Do not bleach", "No bleach", "Don’t use bleach"),
    BLEACH: ("Можно отбеливать", "Bleach when needed"),
    OXYGEN: ("Отбеливать без хлора", "Не использовать хлорсодержащие средства",
             "Отбеливать кислородным отбеливателем", "Non-chlorine bleach only",
             "Only non-chlorine bleach", "Do not use chlorine bleach"),
    IRON: ("Гладить с изнанки", "Гладить через ткань", "Утюжить с изнанки", "Iron inside out"),
    hot(1): ("Гладить при низкой температуре", "Гладить тёплым утюгом", "Гладить при 110°",
             "Не гладить горячим утюгом", "Гладить при температуре не выше 110 градусов",
             "Не гладить при температуре выше 110°", "Не гладить при высокой температуре",
             "Cool iron", "Iron on low heat", "Do not iron hot"),
    hot(2): ("Гладить при средней температуре", "Гладить при 150 °C", "Warm iron", "Medium iron"),
    hot(3): ("Гладить при высокой температуре", "Гладить при 200°", "Iron at high temperature"),
    NO_IRON: ("Не гладить", "Не утюжить", "Глажка запрещена", "Глажение не рекомендуется",
              "Do not iron"),
    STEAMLESS: ("Гладить без пара", "Не гладить с паром", "Iron without steam",
                "Do not steam iron"),
    TUMBLE: ("Сушить в барабане", "Машинная сушка", "Барабанная сушка", "Tumble dry",
             "Сушить в сушильной машине"),
    drum(1): ("Tumble dry low", "Сушить в барабане при низкой температуре",
              "Щадящая сушка в барабане", "Tumble dry at 60 °C"),
    drum(2): ("Tumble dry medium", "Сушить в барабане при 80°"),
    NO_TUMBLE: ("Не сушить в барабане", "Не сушить в машинке", "Машинная сушка запрещена",
                "Не использовать сушильную машину", "Do not tumble dry",
                "Do not use a tumble dryer", "Барабанная сушка запрещена"),
    DRY: ("Сушить на воздухе", "Сушить естественным образом", "Сушить вдали от батарей"),
    SHADE: ("Сушить в тени", "Не сушить на солнце", "Сушить вдали от солнечных лучей",
            "Не сушить под прямыми лучами", "Dry in shade", "Do not dry in direct sunlight",
            "Dry away from sunlight"),
    FLAT: ("Сушить на плоскости", "Сушить в горизонтальном положении",
           "Сушить в расправленном виде",
           "Dry flat"),
    LINE: ("Сушить на верёвке", "Сушить вертикально", "Сушить на вешалке", "Line dry",
           "Hang to dry"),
    DRIP: ("Сушить без отжима", "Drip dry"),
    CareSign("dry", kinds=("flat", "shade")): ("Сушить на плоскости в тени", "Dry flat in shade"),
    CLEAN: ("Химчистка", "Только химчистка", "Химическая чистка", "Сухая чистка", "Dry clean",
            "Dry clean only", "Professional dry clean"),
    CareSign("clean", bars=2): ("Деликатная химчистка",),
    WET: ("Аквачистка", "Wet clean"),
    NO_CLEAN: ("Не подвергать химической чистке", "Химчистка запрещена", "Химчистка нельзя",
               "Не сдавать в химчистку", "Do not dry clean", "Не подвергать химчистке"),
    NO_WRING: ("Не отжимать", "Не выжимать", "Не выкручивать", "Нельзя выкручивать", "Do not wring",
               "Do not wring or twist"),
    OTHER: (
        "Не отжимать сильно", "Отжимать вручную", "Не отжимать в стиральной машине",
        "Не замачивать", "Do not soak", "Не стирать в машине", "Не подвергать машинной стирке",
        "Do not machine wash", "Не гладить по принту", "Do not iron on print",
        "Не сушить на батарее", "Не сушить", "Гладить не нужно", "Не отпаривать",
        "Do not spin dry",
    ),
}  # fmt: skip
"""Each an instruction by itself. What no sign says just so has a plain dot."""

NO_CARE: Final = (
    "Гладкая ткань", "Стираный хлопок", "Утюжок для волос", "Сушилка для белья", "Не стирается",
    "Сушка для посуды",
    "Washed cotton", "Iron frame", "Iron Man print", "Washer", "Do not exceed 5 kg", "Хлопок 100%",
    "Dry fit fabric", "Не требует глажки", "Протирать влажной тканью", "Hand made", "Line 90 cm",
)  # fmt: skip


def test_an_instruction_has_the_sign_that_says_the_same() -> None:
    wrong = {
        text: (sign_of(text), sign)
        for sign, instructions in SIGNS.items()
        for text in instructions
        if sign_of(text) != sign
    }
    assert not wrong


def test_what_is_care_is_told_from_what_begins_alike() -> None:
    told = [text for instructions in SIGNS.values() for text in instructions]
    assert [text for text in told if not IS_CARE.match(text)] == []
    assert [text for text in NO_CARE if IS_CARE.match(text)] == []
