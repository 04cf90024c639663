"""Checks of script/lint that no ready-made tool does. Usage: lint.py CHECK [--fix].

Every check prints one line per finding and ends with 1 if there was one.
"""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.parsers import expat

ROOT = Path(os.environ["ROOT"])
ADDON = ROOT / "addons" / "leather_crm_ai"
LANGUAGES = ("fr", "ar")
# Engine and trainer run without Odoo: in a training process, in a unit test, in a benchmark.
PURE_FOLDERS = ("engine", "tools", "trainer")


def tracked(*patterns):
    """Return the files that are, or would be, in the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in sorted(set(names.split("\0")) - {""}) if (ROOT / name).exists()]


def where(path, line):
    """Return a location the way editors understand it."""
    return f"{path.relative_to(ROOT)}:{line}"


def purity(fix):
    """Yield imports that tie the engine, the tools or the trainer to Odoo or to the rest of the addon."""
    for folder in PURE_FOLDERS:
        for path in tracked(f"addons/*/{folder}/*.py", f"addons/*/{folder}/**/*.py"):
            depth = len(path.relative_to(ADDON.parent).parts) - 3
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                for name in impure_names(node, depth):
                    yield f"{where(path, node.lineno)}: imports {name}"


def impure_names(node, depth):
    """Return the forbidden names among what an import statement imports."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        if node.level > depth + 1:
            return ["." * node.level + (node.module or "")]
        names = [node.module] if not node.level else []
    else:
        return []
    return [name for name in names if name.split(".")[0] in {"odoo", "openerp", "psycopg2"}]


def xml(fix):
    """Yield XML files that do not parse, or are not laid out as the others."""
    for path in tracked("*.xml"):
        text = path.read_text(encoding="utf-8")
        if fix:
            text = tidy(text)
            path.write_text(text, encoding="utf-8")
        try:
            expat.ParserCreate().Parse(text, True)
        except expat.ExpatError as error:
            yield f"{where(path, error.lineno)}: {error}"
            continue
        yield from layout_findings(path, text)


def tidy(text):
    """Correct what can be corrected without understanding the file."""
    lines = [line.rstrip().replace("\t", "    ") for line in text.splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def layout_findings(path, text):
    """Yield what is wrong with the whitespace of one XML file."""
    if text != tidy(text):
        yield f"{where(path, 1)}: tabs, trailing blanks or no final newline (script/lint --fix)"
    if not text.startswith("<?xml") and "static" not in path.parts:
        yield f'{where(path, 1)}: begins without <?xml version="1.0" encoding="utf-8"?>'
    for number, line in enumerate(text.splitlines(), 1):
        indent = len(line) - len(line.lstrip(" "))
        if line.lstrip().startswith(("<record", "<field", "<menuitem", "<template")) and indent % 4:
            yield f"{where(path, number)}: indented by {indent}, not by a multiple of 4"


def direction(fix):
    """Yield style rules that would not turn around for Arabic."""
    physical = re.compile(
        r"(?<![-\w$@])((?:margin|padding|border)-(?:left|right)[-\w]*|left|right)\s*:(?!:)"
        r"|(?:text-align|float|clear)\s*:\s*(?:left|right)"
    )
    for path in tracked("addons/*/static/src/*.scss", "addons/*/static/src/*.css"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = physical.search(line.split("//")[0])
            if found:
                yield (
                    f"{where(path, number)}: “{found.group(0)}” does not turn around for Arabic;"
                    " use start/end or the logical property (inset-inline-start, margin-inline-end)"
                )


def leaks(fix):
    """Yield paths and hosts of one particular machine."""
    places = "work", "root", "home/[a-z]+", "Users/[A-Za-z]+"
    hosts = "files.pythonhosted.org", "pypi.org/simple", "registry.npmjs.org", *own_hosts()
    pattern = re.compile("|".join([f"(?<![\\w.$}}-])/{place}/" for place in places] + [re.escape(h) for h in hosts]))
    for path in tracked():
        if path.is_symlink() or not path.is_file():
            continue
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            found = pattern.search(line)
            if found and path.name != Path(__file__).name:
                yield f"{where(path, number)}: {found.group(0)}"


def own_hosts():
    """Return the names of the package registries that this machine uses."""
    commands = (
        [sys.executable, "-m", "pip", "config", "list"],
        ["apt-get", "indextargets", "--format", "$(SITE)"],
        ["npm", "config", "get", "registry"],
    )
    hosts = set()
    for command in commands:
        try:
            text = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout
        except (OSError, subprocess.TimeoutExpired):
            continue
        hosts.update(re.findall(r"https?://(?:[^/@\s']*@)?([\w.-]+)", text))
    return sorted(hosts - {"localhost"})


def pins(fix):
    """Yield installed packages whose version no file fixes, and requirements without a version."""
    pinned = set()
    for path in [*ROOT.glob("requirements*.txt"), ROOT / "constraints.txt"]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            words = line.split("#")[0].split(";")[0].strip()
            name = re.match(r"[\w.-]*", words).group(0)
            if name and "==" not in words and name != "setuptools":
                yield f"{where(path, number)}: {words} has no fixed version"
            pinned.add(normal(name))
    freeze = [sys.executable, "-m", "pip", "freeze", "--disable-pip-version-check"]
    installed = subprocess.run(freeze, capture_output=True, text=True, check=True).stdout
    for line in installed.split():
        if normal(line.split("==")[0]) not in {*pinned, "odoo"}:
            yield f"constraints.txt: {line} is installed but not listed"


def normal(name):
    """Return a package's name the way the index compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def containers(fix):
    """Yield services that are open to the network, not watched, or given a secret in the clear."""
    from ruamel.yaml import YAML

    services = YAML(typ="safe").load(ROOT / "docker-compose.yml")["services"]
    image_is_watched = "HEALTHCHECK" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for name, service in services.items():
        for port in service.get("ports", ()):
            if not str(port).startswith("127.0.0.1:"):
                yield f"docker-compose.yml: {name} listens beyond this machine: {port}"
        for key in service.get("environment", ()):
            if re.search("PASSWORD|SECRET|TOKEN", key) and not key.endswith("_FILE"):
                yield f"docker-compose.yml: {name} is given {key} in the clear"
        if service.get("restart") in (None, "no"):
            continue
        if "healthcheck" not in service and not ("build" in service and image_is_watched):
            yield f"docker-compose.yml: {name} has no health check"


def translations(fix):
    """Yield terms of the addon that a language lacks."""
    import polib

    for addon in sorted(path.parent for path in ROOT.glob("addons/*/__manifest__.py")):
        template = addon / "i18n" / f"{addon.name}.pot"
        if not template.exists():
            if (addon / "views").exists() or (addon / "models").exists():
                yield f"{template.relative_to(ROOT)} is missing: script/i18n writes it"
            continue
        terms = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(template)}
        for language in LANGUAGES:
            yield from language_findings(addon / "i18n" / f"{language}.po", terms)


def language_findings(path, terms):
    """Compare one language's file with the terms of the template."""
    import polib

    if not path.exists():
        yield f"{path.relative_to(ROOT)} is missing"
        return
    catalog = polib.pofile(path)
    entries = {(entry.msgctxt, entry.msgid): entry for entry in catalog if not entry.obsolete}
    for _context, text in sorted(terms - set(entries), key=str):
        yield f"{path.relative_to(ROOT)}: lacks “{text}”"
    for _context, text in sorted(set(entries) - terms, key=str):
        yield f"{path.relative_to(ROOT)}: “{text}” is in the addon no more"
    for key in sorted(terms & set(entries), key=str):
        entry = entries[key]
        if entry.fuzzy or not entry.translated():
            yield f"{where(path, entry.linenum)}: “{entry.msgid}” is not translated"
        else:
            yield from placeholder_findings(path, entry)


def placeholder_findings(path, entry):
    """Yield placeholders and tags that got lost or invented in a translation."""
    pattern = r"%\(\w+\)[0-9.]*[sdf]|%[sd]|\{\w*\}|</?\w+"
    if sorted(re.findall(pattern, entry.msgid)) != sorted(re.findall(pattern, entry.msgstr)):
        yield f"{where(path, entry.linenum)}: placeholders or tags differ from “{entry.msgid}”"


CHECKS = (purity, xml, direction, leaks, pins, containers, translations)


def main():
    """Run one check by name."""
    check = {function.__name__: function for function in CHECKS}[sys.argv[1]]
    findings = list(check("--fix" in sys.argv))
    for finding in findings[:50]:
        print(finding)
    if len(findings) > 50:
        print(f"… and {len(findings) - 50} more")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
