"""Writes THIRD-PARTY-NOTICES: the crates that are linked into the release's native libraries, their licences, and the texts of these as the
crates bring them.

Usage: third_party_notices.py [--check]
With --check nothing is written; ends with 1 when the file is not what would be written.
"""

import json
import os
import re
import subprocess
import sys

NOTICES = "THIRD-PARTY-NOTICES"
TARGETS = [f"{arch}-unknown-linux-{libc}" for arch in ("aarch64", "x86_64") for libc in ("gnu", "musl")]
# Text files in a crate's folder, and those among them that count beside the licence that was chosen.
LEGAL = re.compile(r"(LICEN[CS]E|COPYING|COPYRIGHT|NOTICE|UNLICENSE)", re.I)
ALWAYS = re.compile(r"(COPYRIGHT|NOTICE|THIRD-PARTY)", re.I)
# What is linked beside the crates, with its licence, its holders, and the files of the texts.
ADDED = [
    ("Rust's standard library", "Apache-2.0", "The Rust Project Contributors", ["LICENSE"]),
    ("LLVM's libunwind and compiler-rt", "Apache-2.0 WITH LLVM-exception", "the LLVM Project's contributors", ["LICENSE", "dist/licences/LLVM.txt"]),
    ("Zig's compiler-rt", "MIT", "Zig contributors", ["dist/licences/Zig.txt"]),
]
INTRODUCTION = """\
The native libraries in this JAR are linked from the crates listed first, and from what the compiler and the linker add, listed then.
Where a licence can be chosen and Apache-2.0 is among them, it was chosen. The texts follow.
"""
LINE = "=" * 100


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def linked_crates():
    """Name and version of every crate of others that is linked into a library: no build tools, no macros."""
    found = set()
    for target in TARGETS:
        tree = output_of("cargo", "tree", "--locked", "-p", "websocket-bridge", "-e", "normal,no-proc-macro", "--target", target,
                         "--prefix", "none", "-f", "{p}")
        for line in tree.splitlines():
            if line.strip() and "(/" not in line:   # a crate of our own shows its folder
                name, version = line.split()[:2]
                found.add((name, version.lstrip("v")))
    return sorted(found)


def packages():
    """What Cargo knows about each crate, by name and version."""
    metadata = json.loads(output_of("cargo", "metadata", "--format-version", "1", "--locked"))
    return {(package["name"], package["version"]): package for package in metadata["packages"]}


def text_files(package):
    """The files with the texts that apply to a crate; the project's own copy of Apache-2.0 stands in where the crate brings no file."""
    folder = os.path.dirname(package["manifest_path"])
    brought = sorted(name for name in os.listdir(folder) if LEGAL.match(name) and os.path.isfile(os.path.join(folder, name)))
    chosen = brought
    if is_choice_with_apache(package["license"]):
        apache = [name for name in brought if "APACHE" in name.upper()]
        chosen = apache + [name for name in brought if ALWAYS.search(name)] if apache else brought
        if not brought:
            return ["LICENSE"]
    if not chosen:
        raise SystemExit(f"{package['name']} {package['version']} is under {package['license']} and brings no text of it")
    return [os.path.join(folder, name) for name in chosen]


def is_choice_with_apache(expression):
    return "Apache-2.0" in re.split(r" OR |/", expression) and "AND" not in expression


def read(file):
    with open(file, encoding="utf-8") as opened:
        return "\n".join(line.rstrip() for line in opened.read().strip().splitlines())


def notices():
    known = packages()
    listed, users = [], {}   # users: text without its white space -> (text, the crates it applies to)
    for name, version in linked_crates():
        package = known[name, version]
        listed.append(f"  {name} {version}, under {package['license']}")
        for file in text_files(package):
            text = read(file)
            users.setdefault("".join(text.split()), (text, []))[1].append(f"{name} {version}")
    added = []
    for name, licence, holders, files in ADDED:
        added.append(f"  {name}, under {licence}, Copyright (c) {holders}")
        for file in files:
            text = read(file)
            users.setdefault("".join(text.split()), (text, []))[1].append(name)
    parts = [INTRODUCTION, "\n".join(listed) + "\n", "\n".join(added) + "\n"]
    parts += [f"{LINE}\nFor {', '.join(used_by)}:\n{LINE}\n\n{text}\n" for text, used_by in users.values()]
    return "\n".join(parts)


def main(arguments):
    if arguments not in ([], ["--check"]):
        print("usage: third_party_notices.py [--check]", file=sys.stderr)
        return 2
    text = notices()
    if arguments:
        if os.path.exists(NOTICES) and text.split() == read(NOTICES).split():
            print(f"{NOTICES} is up to date")
            return 0
        print(f"{NOTICES} is stale: run python3 scripts/third_party_notices.py", file=sys.stderr)
        return 1
    with open(NOTICES, "w", encoding="utf-8") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
