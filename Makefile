# Everything a person types stands here; `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help run build test setup lint unit race kernel fuzz bench clean

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
KERNELEXEC  := $(CURDIR)/ipvs/testdata/kernelexec
KERNEL_PKGS := ./ipvs/... ./luaapi/... ./cmd/luavs/... ./examples/...
FUZZ_TIME   := 10s

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: build ## show LuaVS at work on this machine: two web servers, a simulated kernel
	@examples/quickstart/run.sh

build: ## build build/luavs
	CGO_ENABLED=0 go build -o build/luavs ./cmd/luavs

test: setup lint unit race kernel fuzz ## install what is missing and run every test (as root on Debian or Ubuntu)

setup: ## install the Debian packages the tests use, if any is missing
	@.ci/setup

lint: ## formatting, vet, staticcheck, shell scripts
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "lint: gofmt -w these files"; exit 1; }
	go vet ./...
	go vet -tags kernel ./...
	go run $(STATICCHECK) ./...
	go run $(STATICCHECK) -tags kernel ./...
	shellcheck .ci/run .ci/setup .ci/fuzz ipvs/testdata/kernelexec examples/quickstart/*.sh

unit: ## unit tests, stories, examples, documentation
	go test ./...

race: ## the same under the race detector
	go test -race ./...

kernel: ## the tests that need a kernel with IPVS
	CGO_ENABLED=0 go test -count=1 -tags kernel -run Kernel -exec $(KERNELEXEC) $(KERNEL_PKGS)

fuzz: ## each fuzz target for FUZZ_TIME
	@.ci/fuzz $(FUZZ_TIME)

bench: ## benchmarks
	go test -run '^$$' -bench . -benchmem ./...

clean: ## remove what was built
	rm -rf build
