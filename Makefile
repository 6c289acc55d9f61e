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

.PHONY: bench build clean demo dist jar test

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

clean:
	@rm -rf build .gradle target
