#!/usr/bin/env python3
"""Writes what the fuzz targets begin with: seeds.py FOLDER.

The texts of our own tests, by target: documents of the scenarios, raw strings of unit tests,
calendar entries. What no test has stands in seeds/TARGET, and what was once found in
regressions/TARGET.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RAW = re.compile(r'r(#+)"(.*?)"\1', re.DOTALL)
PLAIN = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def texts(pattern, *globs):
    """The strings of Rust sources."""
    for glob in globs:
        for file in sorted(ROOT.glob(glob)):
            for found in pattern.finditer(file.read_text()):
                yield found.group(found.lastindex)


def plain(*globs):
    """The same without what Rust escapes."""
    for text in texts(PLAIN, *globs):
        text = re.sub(r"\\\n\s*", "", text)
        for escape, meaning in (("\\n", "\n"), ("\\r", "\r"), ('\\"', '"'), ("\\\\", "\\")):
            text = text.replace(escape, meaning)
        yield text


def steps():
    for file in sorted(ROOT.glob("tests/scenarios/*.json")):
        yield from json.loads(file.read_text())["steps"]


def line(step):
    """A step of a scenario as a call of the script that fuzz/src/door.rs reads."""
    members = [step.get(name) for name in ("meeting_id", "meeting", "changes", "filter")]
    members = [json.dumps(one, ensure_ascii=False) if isinstance(one, (dict, list))
               else "$1" if str(one).startswith("$") else one
               for one in members if one is not None]
    return "|".join([step["operation"] + " " + step.get("only", "zoom"), "$user", *members])


def door():
    begin = ["open", "start_authorization {}", "consent", "complete_authorization $user|$1"]
    for file in sorted(ROOT.glob("tests/scenarios/*.json")):
        steps = json.loads(file.read_text())["steps"]
        lines = [line(step) for step in steps if "operation" in step]
        for at in range(0, len(lines), 3):
            for provider in ("zoom", "webex"):
                calls = [one.replace(" zoom|", f" {provider}|") for one in lines[at:at + 3]]
                yield "\n".join([one.format(provider) for one in begin] + calls + ["close"])


def all_seeds():
    for step in steps():
        for name in ("meeting", "changes", "filter"):
            if isinstance(step.get(name), dict):
                yield "meeting", json.dumps(step[name], ensure_ascii=False)
        meeting = step.get("meeting") or step.get("changes") or {}
        if "icalendar" in meeting:
            yield "icalendar", str(meeting["icalendar"])
        if meeting.get("recurrence"):
            zone, start = meeting.get("time_zone", "UTC"), meeting.get("start", "2030-03-04T09:00")
            yield "recurrence", f"{zone}\n{start}\n{meeting['recurrence']}"
    settings = ("src/settings/tests*.rs", "src/settings/tests/*.rs", "tests/bad_input.rs")
    for text in texts(RAW, *settings):
        yield "settings", text
    for text in texts(RAW, "src/meeting/request/tests.rs"):
        yield "meeting", text
    for text in plain("src/meeting/icalendar/tests/*.rs"):
        if "BEGIN:" in text:
            yield "icalendar", text
        elif "DT" in text or "RRULE" in text:
            yield "icalendar", f"BEGIN:VEVENT\n{text}\nDTSTART:20300304T090000Z\nEND:VEVENT\n"
    for text in plain("src/meeting/recurrence/tests/*.rs"):
        if "FREQ=" in text:
            yield "recurrence", f"Europe/Berlin\n2030-03-04T09:00\n{text}"
    for text in plain("src/meeting/zone/tests.rs", "src/meeting/zone/tests/*.rs"):
        if len(text) < 255 and "\n" not in text and "{" not in text:
            yield "recurrence", f"{text}\n2030-03-04T09:00\nFREQ=DAILY;COUNT=3"
    answers = ("src/provider/*/tests.rs", "src/provider/*/errors.rs", "src/provider/*.rs")
    for text in texts(RAW, *answers):
        for status in (200, 201, 400, 404, 429):
            yield "answers", f"{status} retry-after:5\n{text}"
    for text in texts(RAW, "src/provider/*/webhook/tests.rs", "tests/webhooks.rs"):
        yield "webhook", "{}\n" + text
    for text in door():
        yield "door", text


def main():
    folder = Path(sys.argv[1])
    for target, text in all_seeds():
        content = text.encode()
        place = folder / target
        place.mkdir(parents=True, exist_ok=True)
        if 0 < len(content) <= 4096:
            (place / hashlib.sha1(content).hexdigest()).write_bytes(content)


main()
