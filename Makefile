# Everything starts here; each target installs what is missing first.
#
#   make demo    a Kafka, a Connect worker and the connector on a lively feed, with a live view (DURATION=20 ends it by itself)
#                on your own feed: make demo URL=wss://… SUBSCRIBE='{"op":"subscribe"}' TOKEN=…
#   make test    all tests; closes with "N passed, N failed"
#   make bench   the benchmarks: figures beside those of a limit or a rival, measured in the same run; a table, JSON and plots in build/bench
#                some of them: make bench SECTIONS="engine delay" ROUNDS=5 SOAK=3600
#   make build   build/libs/kafka-connect-websocket-<version>.jar, for this machine's platform
#   make dist    the release in build/dist: the JAR for all platforms, the archive for Confluent Hub, checksums
#   make clean   removes what the build made

# The gates of reliability, each closing with "N passed, N failed"; docs/RELIABILITY.md has their last results:
#
#   make conformance   the Autobahn suite against our client and our feed
#   make fuzz          the fuzz targets, MINUTES each
#   make interop       servers that others wrote, plain and TLS
#   make faults        connections that fail in every way, 1,000 random disconnects, stopped processes, full disks
#   make boundary      the boundary of the JVM and the native library: races, panics, sanitizers, class loaders
#   make soak          leaks over many reconnects and restarts, failing workers, and everything mixed for MINUTES
#   make versions      the JAR on several versions of Connect and of Java
#   make security      canary secrets, hostile servers, dependencies

gates = conformance fuzz interop faults boundary soak versions security

.PHONY: bench build clean demo dist jar test $(gates)

bench:
	@scripts/setup bench
	@scripts/bench $(SECTIONS)

build:
	@scripts/setup
	@scripts/gradle jar

jar: build

demo:
	@scripts/setup
	@scripts/demo

dist:
	@scripts/dist

test:
	@scripts/setup test
	@scripts/test

$(gates):
	@scripts/setup test
	@scripts/gates/$@

clean:
	@rm -rf build .gradle target
