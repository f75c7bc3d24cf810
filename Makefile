# What a developer runs here. The work is done by the programs in scripts/.

FUZZTIME ?= 30s

.DEFAULT_GOAL := help
.PHONY: help run test lint fmt fuzz bench work release-check soak mutate

help: ## Show this list
	@awk -F ': .*## ' '/^[a-z-]+: .*## / { printf "make %-14s%s\n", $$1, $$2 }' Makefile

run: ## Serve the login example on http://localhost:8080
	go run ./examples/login

# make then starts the script without a shell, which would not pass a signal on.
test: export WAFER_VOLATILE = yes
test: ## Run every module's tests, installing what they need (Debian)
	scripts/services run -- scripts/test

lint: ## Check the style, and look for mistakes and known vulnerabilities
	scripts/lint

fmt: ## Rewrite every Go file in the project's style
	scripts/tool gofumpt -w .

fuzz: ## Fuzz each target for FUZZTIME (30s)
	scripts/fuzz $(FUZZTIME)

soak: ## Run the slow drills: a million mutations and sessions, each target fuzzed for ten minutes
	scripts/services run -- scripts/soak

mutate: ## Change the code a bit at a time, and show each change that no test notices; takes hours
	scripts/mutate

bench: ## Measure Wafer beside other libraries, in process and over HTTP
	scripts/bench

work: ## Write a go.work of all modules, for editors; git ignores it
	rm -f go.work go.work.sum
	go work init $$(scripts/modules)

release-check: ## Check that VERSION, or the next one, can be released
	scripts/release-check "$(VERSION)" $(OUT)
