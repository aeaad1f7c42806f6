# The whole vocabulary of this project. Every target does its own set-up and can be run again at once.
SHELL := /bin/bash
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: help build lint test simulate load demo faults lab-up lab-down
build: ## build everything (Release, warnings are errors)
	dotnet build Tonari.slnx -c Release

lint: ## formatting, analyzers and shell scripts
	lab/lint.sh

test: ## everything: unit tests, engine on real pools, a real API server, end to end on two clusters
	tests/run.sh

simulate: ## random histories of two sides and their faults: make simulate HISTORIES=1000000 [SEED=1]
	dotnet build tests/Tonari.Mirroring.Tests -c Release
	HISTORIES=$(HISTORIES) SEED=$(SEED) tests/Tonari.Mirroring.Tests/bin/Release/net10.0/Tonari.Mirroring.Tests \
		-class Tonari.Mirroring.Tests.Simulation.SimulationTests -noLogo -noColor

load: ## 500 mirrors with 1,500 volumes, and 20 mirrors that sync every 15 s: half an hour on a fresh lab
	FILTER="-explicit only -class *LoadTests" tests/run.sh e2e

demo: ## two clusters, a PostgreSQL under load, and every move there is; leaves the lab up
	lab/demo.sh

faults: ## the fault matrix: every fault at every step of every operation; hours; ROWS="reverse etcd" plays those only
	lab/faults.sh $(ROWS)

lab-up: ## two real clusters, blue and green, with Tonari installed and paired
	lab/up.sh

lab-down: ## end the lab; leaves no process, mount, loop device, namespace or cgroup
	lab/down.sh
