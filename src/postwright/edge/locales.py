"""How dates and times read: a closed list of locales, each of which the pages really follow. Words stay English."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

DEFAULT = "en"


@dataclass(frozen=True, slots=True)
class Locale:
    """The order of day and month, the clock, and the names (Monday and January first; none: English ones)."""

    name: str
    day: str  # how day and month stand together: {d}, {b}
    twelve_hours: bool = False
    days: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    short_days: tuple[str, ...] = ()
    short_months: tuple[str, ...] = ()


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LOCALES = {
    "en": Locale("English, day first", "{d} {b}"),
    "en-US": Locale("English, United States", "{b} {d}", twelve_hours=True),
    "de": Locale(
        "Deutsch", "{d}. {b}",
        days=_words("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"),
        months=_words("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
        short_days=_words("Mo Di Mi Do Fr Sa So"),
        short_months=_words("Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez."),
    ),
    "es": Locale(
        "Español", "{d} {b}",
        days=_words("lunes martes miércoles jueves viernes sábado domingo"),
        months=_words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
        short_days=_words("lun mar mié jue vie sáb dom"),
        short_months=_words("ene feb mar abr may jun jul ago sept oct nov dic"),
    ),
    "fr": Locale(
        "Français", "{d} {b}",
        days=_words("lundi mardi mercredi jeudi vendredi samedi dimanche"),
        months=_words("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
        short_days=_words("lun. mar. mer. jeu. ven. sam. dim."),
        short_months=_words("janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc."),
    ),
    "pt": Locale(
        "Português", "{d} {b}",
        days=_words("segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo"),
        months=_words("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
        short_days=_words("seg ter qua qui sex sáb dom"),
        short_months=_words("jan fev mar abr mai jun jul ago set out nov dez"),
    ),
}  # fmt: skip


def spell(wall: datetime | date, form: str, locale: str = DEFAULT) -> str:
    """A wall time, or a day, by a strftime form. Forms for machines (with a numeric month) and the default locale stay what they are."""
    if locale == DEFAULT or locale not in LOCALES or "%m" in form:
        return wall.strftime(form)
    if not isinstance(wall, datetime):
        wall = datetime(wall.year, wall.month, wall.day)  # noqa: DTZ001 - a wall time has no zone
    return wall.strftime(_in(LOCALES[locale], wall, form))


def _in(locale: Locale, wall: datetime, form: str) -> str:
    form = form.replace("%-d", "%d")
    for month, names in (("%b", locale.short_months), ("%B", locale.months)):
        name = names[wall.month - 1] if names else wall.strftime(month)
        form = form.replace(f"%d {month}", locale.day.format(d=wall.day, b=name)).replace(month, name)
    for day, names in (("%a", locale.short_days), ("%A", locale.days)):
        form = form.replace(day, names[wall.weekday()] if names else wall.strftime(day))
    if locale.twelve_hours:
        hour, half = wall.hour % 12 or 12, "AM" if wall.hour < 12 else "PM"
        form = form.replace("%H:%M:%S", f"{hour}:%M:%S {half}").replace("%H:%M", f"{hour}:%M {half}")
    return form
