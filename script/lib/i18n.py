"""Bring an addon's catalogues in line with its exported terms: i18n.py EXPORT FOLDER [--check]."""

import sys
from pathlib import Path

import polib

LANGUAGES = ("fr", "ar")
# Lines of the header that change with every export and say nothing.
VOLATILE = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team", "Project-Id-Version")


def key(entry):
    """Return what identifies a term."""
    return entry.msgctxt, entry.msgid


def load(path):
    """Read a catalogue, or start one."""
    if path.exists():
        return polib.pofile(str(path), wrapwidth=98)
    catalog = polib.POFile(wrapwidth=98)
    catalog.metadata = {
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    return catalog


def merge(catalog, template):
    """Take the template's terms, keeping the translations there are; return what changed."""
    known = {key(entry): entry for entry in catalog if not entry.obsolete}
    merged = []
    for term in template:
        entry = polib.POEntry(
            msgid=term.msgid, msgctxt=term.msgctxt, occurrences=term.occurrences, comment=term.comment
        )
        entry.msgstr = known[key(term)].msgstr if key(term) in known else ""
        merged.append(entry)
    new = [entry.msgid for entry in merged if key(entry) not in known]
    gone = [msgid for context, msgid in set(known) - {key(term) for term in template}]
    catalog[:] = merged
    return new, gone


def report(path, new, gone, empty):
    """Say what happened to one catalogue."""
    print(f"  {path.name}: {len(new)} new, {len(gone)} gone, {empty} without translation")


def main():
    """Write the template and merge it into every language, or check that it is up to date."""
    exported, folder = polib.pofile(sys.argv[1], wrapwidth=98), Path(sys.argv[2])
    path = folder / f"{folder.parent.name}.pot"
    template = load(path)
    new, gone = merge(template, exported)
    if "--check" in sys.argv:
        for text in new:
            print(f"{path.name} lacks “{text}”: run script/i18n")
        for text in gone:
            print(f"{path.name} has “{text}”, which is in the addon no more: run script/i18n")
        sys.exit(1 if new or gone else 0)
    folder.mkdir(exist_ok=True)
    template.header = f"Terms of {folder.parent.name}, written by script/i18n."
    for name in VOLATILE:
        template.metadata.pop(name, None)
    template.save(str(path))
    report(path, new, gone, len(template))
    for language in LANGUAGES:
        path = folder / f"{language}.po"
        catalog = load(path)
        catalog.metadata["Language"] = language
        new, gone = merge(catalog, exported)
        catalog.save(str(path))
        report(path, new, gone, len(catalog.untranslated_entries()))


if __name__ == "__main__":
    main()
