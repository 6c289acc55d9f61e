"""Checks the Rust dependencies against deny.toml: licences, sources and wildcard versions.

Stands in for `cargo deny check licenses bans sources` where cargo-deny is not installed.
"""

import json
import re
import subprocess
import sys

REGISTRY = "registry+"


def allowed_licences():
    """The list `allow` of deny.toml's section [licenses]."""
    with open("deny.toml", encoding="utf-8") as file:
        text = file.read()
    entries = re.search(r"^\[licenses\].*?^allow = \[(.*?)^\]", text, re.M | re.S)
    return set(re.findall(r'"([^"]+)"', entries.group(1)))


def is_allowed(expression, allowed):
    """Whether an SPDX expression can be met with the allowed licences; `X WITH exception` must be allowed as such."""
    tokens = re.findall(r"\(|\)|OR\b|AND\b|[^\s()]+(?: WITH [^\s()]+)?", expression.replace("/", " OR "))

    def any_of():
        met = all_of()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            met = all_of() or met
        return met

    def all_of():
        met = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            met = one() and met
        return met

    def one():
        token = tokens.pop(0)
        if token != "(":
            return token in allowed
        met = any_of()
        tokens.pop(0)
        return met

    return any_of()


def problems(packages, allowed):
    for package in packages:
        name = f"{package['name']} {package['version']}"
        licence = package.get("license")
        if not licence:
            yield f"{name} names no licence"
        elif not is_allowed(licence, allowed):
            yield f"{name} is under {licence}, which deny.toml does not allow"
        source = package["source"]
        if source is None:
            for dependency in package["dependencies"]:
                if dependency["req"] == "*" and dependency.get("path") is None:
                    yield f"{name} takes any version of {dependency['name']}"
        elif not (source.startswith(REGISTRY) and "crates.io" in source):
            yield f"{name} comes from {source}"


def main():
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    found = list(problems(metadata["packages"], allowed_licences()))
    for problem in found:
        print(problem)
    print(f"{len(metadata['packages'])} packages checked, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
