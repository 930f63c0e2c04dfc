# Ottla's tasks. `make run` and `make test` set up everything they need on a fresh Debian or Ubuntu.

SHELL := /bin/bash
BUILD_FLAGS := --explicit-target-dependency-import-check error
RELEASE := .build/release/ottla
VENV := .venv

.PHONY: run build sim install test unit simulate bug-bank conformance cluster bench soak fuzz format lint generate check-generated dependencies clean

run: build
	$(RELEASE) serve $(ARGS)

build: dependencies
	swift build -c release --product ottla --static-swift-stdlib $(BUILD_FLAGS)

# The simulator: whole nodes and clients in one thread. `.build/release/ottla-sim --seeds 1..1000` searches; with `--kept Tests/Seeds.txt`
# it runs what found something once.
sim: dependencies
	swift build -c release --product ottla-sim --static-swift-stdlib $(BUILD_FLAGS)

# The command, the unit of systemd and a configuration, which is left alone when there is one. DESTDIR and PREFIX as usual.
PREFIX := /usr/local

install:
	install -D -m 0755 $(RELEASE) $(DESTDIR)$(PREFIX)/bin/ottla
	install -d $(DESTDIR)/etc/systemd/system $(DESTDIR)/etc/ottla
	sed 's|/usr/local/bin|$(PREFIX)/bin|' packaging/ottla.service > $(DESTDIR)/etc/systemd/system/ottla.service
	[ -e $(DESTDIR)/etc/ottla/server.properties ] || install -m 0644 packaging/server.properties $(DESTDIR)/etc/ottla/server.properties

test: lint check-generated unit simulate conformance cluster

# Those that wait for answers over connections, for as long as clients and controllers do; tests that keep threads busy must not hold them up.
WAITING_TESTS := KafkaClientTests|QuorumNetworkTests

unit: dependencies
	swift build --build-tests $(BUILD_FLAGS)
	swift test --skip-build --skip '$(WAITING_TESTS)'
	swift test --skip-build --filter '$(WAITING_TESTS)'

# Whole nodes and clients under faults, some seeds of them; those that run twice have to give the same hashes. Release builds run them ten
# times as fast, and have no defects to be put back.
SIM := .build/release/ottla-sim

simulate: sim
	$(SIM) --kept Tests/Seeds.txt --seconds 30
	$(SIM) --seeds 1..$(or $(SEEDS),24) --seconds 60
	$(SIM) --seeds 1..10 --transactions --seconds 60
	$(SIM) --seeds 1..$(or $(CLUSTER_SEEDS),48) --nodes 3 --seconds 60
	$(SIM) --seeds 1..20 --nodes 3 --transactions --seconds 60
	$(SIM) --seeds 1..16 --nodes 5 --seconds 60
	$(SIM) --seeds 1..16 --nodes 3 --apart --seconds 60
	$(SIM) --seeds 1..16 --nodes 3 --disks --seconds 60
	$(SIM) --seeds 1..8 --nodes 3 --voters --seconds 60
	$(SIM) --seeds 1..8 --nodes 3 --apart --voters --seconds 60
	for run in 1 2; do \
	    { $(SIM) --seeds 61..64 --seconds 30 --verbose && $(SIM) --seeds 61..64 --nodes 3 --seconds 30 --verbose; } \
	        > .build/simulate-$$run.txt || { cat .build/simulate-$$run.txt; exit 1; }; \
	done
	diff <(sort .build/simulate-1.txt) <(sort .build/simulate-2.txt)
	swift build --product ottla-sim $(BUILD_FLAGS)
	.build/debug/ottla-sim --bug $(QUICK_BUGS) --seeds 1..10

# Defects of the bug bank that few seeds find; `make bug-bank` puts back all of them, one at a time, and fails when one is not found.
QUICK_BUGS := ackBeforeFsync,partlyLoaded,retryWithNewSequence,nextTakenForCovered,divergenceUnchecked,abortedNotTold

# Optimized, and with the defects that only debug builds have: ten times as fast as a debug build.
bug-bank: dependencies
	swift build -c release -Xswiftc -DDEBUG --scratch-path .build/bugs --product ottla-sim --static-swift-stdlib
	.build/bugs/release/ottla-sim --bug $(or $(BUGS),all)

conformance: build $(VENV)/ready $(VENV)/shippers/ready
	swift build --product bank $(BUILD_FLAGS)
	$(VENV)/bin/python -m pytest Tests/Conformance -q -rs $(PYTEST_ARGS)

# Clusters of three nodes that are killed, paused, stopped, cut off from each other and out of space under load, and clients as they are with their own settings on a cluster that is well.
# `Tests/Cluster/kill_cycles.py --cycles 500` goes on for longer, and `Tests/Cluster/bank.py --cycles 200` with transactions.
cluster: build $(VENV)/ready
	$(VENV)/bin/python -m pytest Tests/Cluster -q -rs $(PYTEST_ARGS)
	OTTLA_NODES=3 $(VENV)/bin/python -m pytest Tests/Conformance/test_clients.py Tests/Conformance/test_foreign_clients.py Tests/Conformance/test_transactions.py -q -rs $(PYTEST_ARGS)

$(VENV)/ready: scripts/python-environment
	scripts/python-environment $(VENV)

$(VENV)/shippers/ready: scripts/log-shippers
	scripts/log-shippers $(VENV)/shippers

dependencies:
	@scripts/install-dependencies

bench: build $(VENV)/ready
	scripts/bench $(ARGS)

# An hour of mixed clients, restarts and a full disk: make soak MINUTES=60. See Bench/README.md.
soak: build $(VENV)/ready
	$(VENV)/bin/python Bench/soak.py --minutes $(or $(MINUTES),60)

# Fuzzes every decoder: make fuzz RUNS=100000000 TARGETS="requests texts". See Fuzz/README.md.
fuzz: dependencies
	scripts/fuzz $(or $(RUNS),1000000) $(TARGETS)

format:
	swift format --in-place --recursive Package.swift $(FORMATTED)

lint:
	swift format lint --strict --recursive Package.swift $(FORMATTED)

FORMATTED := $(filter-out Sources/KafkaProtocol,$(wildcard Sources/*)) Sources/KafkaProtocol/Wire Fuzz Bench/Micro Examples Tests Tools

generate:
	swift run --package-path Tools/ProtocolGenerator protocol-generator Schemas Sources

check-generated:
	swift run --package-path Tools/ProtocolGenerator protocol-generator Schemas Sources --check

clean:
	rm -rf .build Tools/ProtocolGenerator/.build $(VENV)
