# The targets a person and continuous integration share. `make help` lists them.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
TOOL        := go tool -modfile=$(CURDIR)/tools.mod
GOTEST      := go test -race -shuffle=on -timeout 30m

.PHONY: help build test packages check bench demo generate

help: ## list the targets
	@awk -F":.*## " '/^[a-z]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build ./launchready, one static binary
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o launchready ./cmd/launchready

test: packages check ## run everything: check, every test with the race detector, every flaw of the lab, the real portals of e2e
	$(GOTEST) ./...
	go test -timeout 30m ./internal/cli -run 'TestTwins|TestOddities|TestRequests' -all
	cd e2e && $(GOTEST) ./...

packages: ## install the Debian packages the tests need, if any is missing
	@.ci/install

check: ## formatting, vet, staticcheck, dead code, generated files
	@files=$$($(TOOL) gofumpt -l .); [ -z "$$files" ] || { echo "run 'go tool -modfile=tools.mod gofumpt -w .' on:"; echo "$$files"; exit 1; }
	go vet ./...
	cd e2e && go vet ./...
	$(TOOL) staticcheck ./...
	@dead=$$($(TOOL) deadcode -test ./...); [ -z "$$dead" ] || { echo "nothing reaches:"; echo "$$dead"; exit 1; }
	go run ./internal/suitegen -check

bench: ## run every benchmark ten times and summarise with benchstat
	go test -run '^$$' -bench . -benchmem -count 10 -p 1 ./... | tee bench.txt
	$(TOOL) benchstat bench.txt

demo: ## audit the lab with a handful of flaws
	go run ./cmd/launchready demo

generate: ## rewrite the generated files
	go generate ./...
