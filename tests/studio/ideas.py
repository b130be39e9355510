"""Ideas that people might bring."""

from __future__ import annotations

from pathlib import Path

LAUNCH = (Path(__file__).parents[2] / "examples" / "launch.md").read_text(encoding="utf-8")
SHORT = "Ship on Tuesday, not on Friday."
PLAIN = """A calendar is a promise to your future self.

Plan the week while you are calm, and Tuesday at nine needs no willpower. Write when the thought is fresh, and let the slot
wait for the reader. Then look at what happened, and move one thing. That is the whole method."""
GERMAN = (
    "Der Kalender ist ein Versprechen. Plane die Woche, solange du ruhig bist, z. B. am Sonntag. Dann braucht Dienstag keine Willenskraft."
)
JAPANESE = "予定表は未来の自分への約束です。落ち着いているときに一週間を計画しましょう。火曜日の九時に意志の力はいりません。"
ARABIC = "الخطة وعد لنفسك في المستقبل. خطط للأسبوع وأنت هادئ. ثم انظر ماذا حدث؟"
LINKS = (
    "Read https://example.com/a/very/long/path?with=a.query&and=more.dots#part before Monday. See also https://example.org/b. Then write."
)
LIST = "# What to pack\n\nTake:\n\n- Water. Two litres.\n- A map of the *whole* valley\n- [The weather](https://example.com/w)\n\nAnd go."
ONE_WORD = "a" * 5000
SHOUTING = "BUY NOW " * 400
MENTIONS = " ".join(f"@person{n}" for n in range(60))
TAGS = " ".join(f"#topic{n}" for n in range(80))
ZALGO = "H̷̢̛̭e̶̡l̴̨l̵o̸ " * 300
FAMILIES = "👨‍👩‍👧‍👦" * 400
ANGLES = "If a < b and b > c then <script>alert(1)</script> is what you see. Use -> for arrows."
ALL = {
    "launch": LAUNCH, "short": SHORT, "plain": PLAIN, "german": GERMAN, "japanese": JAPANESE * 20, "arabic": ARABIC * 10, "links": LINKS,
    "list": LIST, "one word": ONE_WORD, "shouting": SHOUTING, "mentions": MENTIONS, "tags": TAGS, "zalgo": ZALGO, "families": FAMILIES,
    "angles": ANGLES, "long": LAUNCH * 30,
}  # fmt: skip
