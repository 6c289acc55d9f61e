"""Checks a native library of the release: that it runs where its folder in the JAR says, and shows nothing of who built it.

Usage: check_library.py PLATFORM FILE, with PLATFORM as in the JAR: linux-x86_64, linux-x86_64-musl, linux-aarch64, linux-aarch64-musl.
Prints one line and ends with 0, or prints each fault on standard error and ends with 1. Reads with readelf (binutils).
"""

import os
import re
import subprocess
import sys

MACHINES = {"x86_64": "Advanced Micro Devices X86-64", "aarch64": "AArch64"}
EXPORTED = {"JNI_OnLoad"}
OLDEST_GLIBC = (2, 17)
GLIBC_LIBRARIES = {"libc.so.6", "libpthread.so.0", "libdl.so.2", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
MUSL_LIBRARIES = {"libc.so"}
# Where people and CI machines build. Rust's own /rustc/<commit> and our remapped /cargo are no builder's.
BUILDERS_FOLDERS = re.compile(rb"/(?:home|root|Users|builds|workspace|github|tmp)/[\w.+-]+[\w.+/-]*")
# The variable that makes a test's build panic; see rust/engine/src/panic_points.rs.
DELIBERATE_PANICS = b"WEBSOCKET_SOURCE_PANICS"


def readelf(option, file):
    environment = dict(os.environ, LC_ALL="C")
    result = subprocess.run(["readelf", "--wide", option, file], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0 or not result.stdout.strip():
        raise SystemExit(f"{file}: readelf cannot read it: {result.stderr.strip()}")
    return result.stdout


def exported(file):
    """The dynamic symbols that the library defines."""
    rows = (line.split() for line in readelf("--dyn-syms", file).splitlines())
    return {row[7].split("@")[0] for row in rows if len(row) >= 8 and re.fullmatch(r"\d+:", row[0]) and row[6] != "UND"}


def required_glibc(file):
    """The versions of glibc that its symbols need, and GLIBC_PRIVATE, which no version grants."""
    return set(re.findall(r"\bGLIBC_([\w.]+)", readelf("--version-info", file)))


def is_too_new(version):
    return not re.fullmatch(r"[\d.]+", version) or tuple(int(part) for part in version.split(".")) > OLDEST_GLIBC


def builders_folders(content):
    """The first few names of the builder's folders in the file: its own, and the usual ones."""
    found = set(BUILDERS_FOLDERS.findall(content))
    own = {os.getcwd(), os.path.expanduser("~")} - {"/"}
    found.update(folder.encode() for folder in own if re.search(re.escape(folder.encode()) + rb"[/\0]", content))
    return sorted(name.decode() for name in found)[:3]


def faults(platform, file):
    """What is wrong with the library, one text each."""
    arch, _, libc = platform.removeprefix("linux-").partition("-")
    header = readelf("--file-header", file)
    if f"Machine:                           {MACHINES[arch]}\n" not in header or "DYN (Shared object file)" not in header:
        machine = re.search(r"Machine: *(.*)", header).group(1)
        yield f"it is no shared library for {arch}, but for {machine}"

    dynamic = readelf("--dynamic", file)
    allowed = MUSL_LIBRARIES if libc == "musl" else GLIBC_LIBRARIES
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
    if needed - allowed:
        yield f"it needs {', '.join(sorted(needed - allowed))}, which not every system has"
    if (libc == "musl") != ("libc.so" in needed):
        yield "it needs " + (", ".join(sorted(needed)) or "no library") + f", so it is not linked against {libc or 'glibc'}"
    for tag in re.findall(r"\((RPATH|RUNPATH|TEXTREL)\)", dynamic):
        yield f"it has a {tag}"
    if "NODELETE" not in dynamic:
        yield "it can be unloaded under a thread that still runs in it: NODELETE is missing"

    versions = required_glibc(file)
    too_new = sorted(version for version in versions if libc == "musl" or is_too_new(version))
    if too_new:
        limit = "which musl has not" if libc == "musl" else "newer than 2.17"
        yield f"it needs GLIBC_{', GLIBC_'.join(too_new)}, {limit}"

    symbols = exported(file)
    if symbols != EXPORTED:
        yield f"it exports {', '.join(sorted(symbols)[:8]) or 'nothing'} ({len(symbols)} symbols) instead of {', '.join(EXPORTED)} alone"
    sections = readelf("--sections", file)
    if re.search(r"\s\.(symtab|debug_\w+)\s", sections):
        yield "it is not stripped"
    if re.search(r"GNU_STACK .* RWE ", readelf("--program-headers", file)):
        yield "its stack is executable"

    with open(file, "rb") as opened:
        content = opened.read()
    if DELIBERATE_PANICS in content:
        yield "it panics on demand: it was built with the feature deliberate-panics"
    folders = builders_folders(content)
    if folders:
        yield f"it names the builder's folders: {', '.join(folders)}"


def main(arguments):
    platforms = [f"linux-{arch}{libc}" for arch in MACHINES for libc in ("", "-musl")]
    if len(arguments) != 2 or arguments[0] not in platforms:
        print(f"usage: check_library.py {{{','.join(platforms)}}} FILE", file=sys.stderr)
        return 2
    platform, file = arguments
    found = list(faults(platform, file))
    for fault in found:
        print(f"{file} is no library for {platform}: {fault}", file=sys.stderr)
    if not found:
        print(f"{platform}: {os.path.getsize(file)} bytes, exports {', '.join(EXPORTED)} alone, needs "
              + ", ".join(sorted(re.findall(r"\(NEEDED\).*\[(.*)\]", readelf('--dynamic', file)))))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
