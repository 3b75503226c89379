"""Writes the licences of all that is linked: licences.py OUTPUT TARGET..."""

import html
import re
import sys
from pathlib import Path

from parts import Part, linked

RULE = "=" * 80
DOMAIN = "The time zone database is in the public domain.\n"


def plain(path: Path) -> str:
    text = path.read_text(errors="replace")
    if path.name == "sqlite3.h":
        # SQLite has no licence; the header's first comment says so.
        blessing = text.split("\n*****")[0].split("/*", 1)[1]
        return blessing.replace("\n** ", "\n").replace("\n**", "\n")
    if path.suffix == ".html":
        text = re.sub(r"<[^>]+>", "", re.sub(r"(?s)<(style|script|title).*?</\1>", "", text))
        text = re.sub(r"\n\s*\n", "\n\n", html.unescape(text))
    return text


def texts(part: Part, apache: Path) -> list[str]:
    """Its own files; a crate without any is taken under Apache-2.0, which needs no other notice."""
    if part.licence == "LicenseRef-IANA-Public-Domain":
        return [DOMAIN]
    if not part.texts and "Apache-2.0" not in re.split(r" OR ", part.licence):
        sys.exit(f"{part.name} {part.version} has no licence file: {part.licence}")
    return [plain(path).strip("\n") + "\n" for path in part.texts or [apache]]


def main() -> None:
    output, *targets = sys.argv[1:]
    parts: dict[str, Part] = {}
    for target in targets:
        parts |= linked(target, ["cli"])[1]
    apache = next(path for part in parts.values() for path in part.texts if path.name == "LICENSE-APACHE")
    # Equal texts, but for where lines end, stand once, below the names of all that have them.
    sections: dict[str, tuple[list[str], str]] = {}
    for part in sorted(parts.values(), key=lambda part: (part.name, part.version or "")):
        title = f"{part.name} {part.version or '(parts)'}: {part.licence}"
        for text in texts(part, apache):
            titles, _ = sections.setdefault(" ".join(text.split()), ([], text))
            titles.extend([title] if title not in titles else [])
    Path(output).write_text(
        "Meetbridge contains the following software of others, each under the licence that follows\n"
        "its name. Where a licence gives a choice (OR), each of them may be chosen.\n\n"
        + "\n".join("\n".join([RULE, *titles, RULE, "", text]) for titles, text in sections.values())
    )


main()
