"""Runs the Autobahn test suite against our client or our feed and judges its report.

Usage: run.py WSTEST client PROGRAM FOLDER   PROGRAM is websocket-gates; the suite is the server
       run.py WSTEST feed PROGRAM FOLDER     PROGRAM is websocket-feed; the suite is the client

The suite's report goes to FOLDER: index.html is for reading. A case passes that behaved and closed as the suite wants it, or where RFC 6455
leaves the choice (INFORMATIONAL); NON-STRICT passes too and is listed. Left out are 9.* (performance) and, of our feed, 12.* and 13.*
(compression, which it takes from nobody). Ends with a line `N passed, N failed`; the exit status is 0 if none failed.
"""
import collections
import contextlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

LIMIT = 7200  # seconds for the whole run
LEFT_OUT = {"client": ["9.*"], "feed": ["9.*", "12.*", "13.*"]}
PASSES = {"OK", "NON-STRICT", "INFORMATIONAL"}
SECTIONS = {
    1: "framing", 2: "pings and pongs", 3: "reserved bits", 4: "opcodes", 5: "fragmentation", 6: "UTF-8", 7: "closing", 10: "automatic fragmentation",
    12: "compression", 13: "parameters of compression",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, log, port=None):
    """A program that listens; ended with the block."""
    with open(log, "w") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        try:
            await_port(process, port, log)
            yield
        finally:
            process.terminate()
            process.wait()


def await_port(process, port, log):
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"{process.args[0]} does not listen: see {log}")
        time.sleep(0.1)


def specification(folder, left_out, **more):
    file = folder / "spec.json"
    file.write_text(json.dumps({"outdir": str(folder), "cases": ["*"], "exclude-cases": left_out, "exclude-agent-cases": {}} | more))
    return str(file)


def examine_client(wstest, program, folder):
    url = f"ws://127.0.0.1:{free_port()}"
    server = [wstest, "-m", "fuzzingserver", "-s", specification(folder, LEFT_OUT["client"], url=url), "--webport", "0"]
    with running(server, folder / "suite.log", int(url.rsplit(":", 1)[1])):
        subprocess.run([program, "autobahn", url], check=True, timeout=LIMIT)


def examine_feed(wstest, program, folder):
    address = f"127.0.0.1:{free_port()}"
    with running([program, "--listen", address], folder / "feed.log", int(address.rsplit(":", 1)[1])), open(folder / "suite.log", "w") as log:
        servers = [{"agent": "websocket-feed", "url": f"ws://{address}/echo", "options": {"version": 18}}]
        suite = [wstest, "-m", "fuzzingclient", "-s", specification(folder, LEFT_OUT["feed"], servers=servers)]
        subprocess.run(suite, check=True, timeout=LIMIT, stdout=log, stderr=subprocess.STDOUT)


def key(case):
    return [int(part) for part in case.split(".")]


def judge(folder):
    """Prints what the report says; true if all is well."""
    (cases,) = json.loads((folder / "index.json").read_text()).values()
    sections = collections.defaultdict(collections.Counter)
    failed = 0
    for case in sorted(cases, key=key):
        behaviour, closing = cases[case]["behavior"], cases[case]["behaviorClose"]
        sections[key(case)[0]][behaviour] += 1
        passes = {behaviour, closing} <= PASSES
        failed += not passes
        if not passes or behaviour == "NON-STRICT":
            print(f"case {case}: {behaviour}, closing: {closing}, see {folder / cases[case]['reportfile']}")
    for section, counts in sorted(sections.items()):
        print(f"section {section} ({SECTIONS.get(section, '')}): " + ", ".join(f"{count} {name}" for name, count in counts.most_common()))
    missing = expected_cases(folder) - len(cases)
    if missing:
        print(f"{missing} cases did not run")
    print(f"{len(cases) - failed} passed, {failed + missing} failed")
    return failed + missing == 0


def expected_cases(folder):
    """As many as the suite says it has."""
    listed = re.search(r"Cases = \[(.*)\]", (folder / "suite.log").read_text())
    return listed.group(1).count(",") + 1


def main():
    wstest, party, program, folder = sys.argv[1:]
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    {"client": examine_client, "feed": examine_feed}[party](wstest, program, folder)
    sys.exit(not judge(folder))


if __name__ == "__main__":
    main()
