# The whole vocabulary of this project. Every target does its own set-up and can be run again at once.
SHELL := /bin/bash
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: help build lint test demo lab-up lab-down
build: ## build everything (Release, warnings are errors)
	dotnet build Tonari.slnx -c Release

lint: ## formatting, analyzers and shell scripts
	lab/lint.sh

test: ## everything: unit tests, engine on real pools, a real API server, end to end on two clusters
	tests/run.sh

demo: ## two clusters, a PostgreSQL under load, and every move there is; leaves the lab up
	lab/demo.sh

lab-up: ## two real clusters, blue and green, with Tonari installed and paired
	lab/up.sh

lab-down: ## end the lab; leaves no process, mount, loop device, namespace or cgroup
	lab/down.sh
