# Everything a person types stands here; `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help lua51 run build test root setup lint unit race kernel fuzz bench bench-checks bench-ipvs bench-reload soak chaos kills clean
.NOTPARALLEL: # setup comes first, and the tests use all processors by themselves

STATICCHECK  := honnef.co/go/tools/cmd/staticcheck@v0.8.2
KERNELEXEC   := $(CURDIR)/ipvs/testdata/kernelexec
KERNEL_FILES := $(wildcard */*_kernel_test.go */*/*_kernel_test.go)
FUZZ_AMOUNT  := 50000x

# .ci/go is the Go that `make setup` fetches where there is none that will do.
export PATH := $(CURDIR)/.ci/go/bin:$(PATH):/usr/local/go/bin
unexport GOROOT # every go knows its own

# Test binaries and the memory of User Mode Linux are here, which setup has
# tried, and not in /dev/shm, which is small and noexec in a container.
export TMPDIR ?= /tmp

# Root may work in the clone of another user, as in a container.
export GIT_CONFIG_COUNT := 1
export GIT_CONFIG_KEY_0 := safe.directory
export GIT_CONFIG_VALUE_0 := $(CURDIR)

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

run: build ## show LuaVS at work on this machine: two web servers, a simulated kernel
	@examples/quickstart/run.sh

build: ## build build/luavs
	@go list -m >/dev/null || { echo "build: LuaVS needs the Go that go.mod names, or a later one: as root, \`make setup\`; or https://go.dev/dl"; exit 1; }
	CGO_ENABLED=0 go build -o build/luavs ./cmd/luavs

test: root setup lint unit race kernel fuzz ## install what is missing and run every test (as root on Debian or Ubuntu)
	@echo "All passed: lint, unit tests, race detector, kernel tests, fuzzing."

root:
	@test "$$(id -u)" = 0 || { echo "test: as root, because it installs packages and opens privileged sockets"; exit 1; }

setup: ## install what the tests use and this machine lacks: Debian packages, Go
	@.ci/setup

lint: ## formatting, vet, staticcheck, shell scripts
	@files=$$(gofmt -l .) || exit; test -z "$$files" || { echo "lint: gofmt -w $$files"; exit 1; }
	@! grep '^func Test' $(KERNEL_FILES) | grep -v 'func Test.*Kernel.*(' || { echo "lint: to be run by make kernel, these need Kernel in their names"; exit 1; }
	go vet ./...
	go vet -tags kernel ./...
	go vet -tags soak ./cmd/luavs
	go run $(STATICCHECK) ./...
	go run $(STATICCHECK) -tags kernel ./...
	shellcheck .ci/run .ci/setup .ci/fuzz ipvs/testdata/kernelexec checks/bench/run.sh examples/quickstart/*.sh

unit: ## unit tests, stories, examples, documentation
	go test ./...

race: ## the same under the race detector
	go test -race ./...

kernel: ## the tests that need a kernel with IPVS
	LUAVS_KERNEL_TIMEOUT=2400 CGO_ENABLED=0 go test -count=1 -timeout 45m -tags kernel -run Kernel -exec '"$(KERNELEXEC)"' $(addprefix ./,$(sort $(dir $(KERNEL_FILES))))

lua51: ## 40,000 random programs here and in lua5.1, which must do the same (unit: 2,000)
	go test -count=1 -timeout 30m -run TestRandomProgramsDoWhatLua51Does ./luaapi/syntax -programs 40000

fuzz: ## each fuzz target with FUZZ_AMOUNT inputs (or a time: FUZZ_AMOUNT=10m)
	@.ci/fuzz $(FUZZ_AMOUNT)

bench: ## benchmarks
	go test -run '^$$' -bench . -benchmem ./...

bench-checks: build ## the CPU time of checks beside HAProxy's, on this machine
	checks/bench/run.sh build/luavs

bench-ipvs: build ## the IPVS client beside its peers, on a kernel with IPVS
	cd ipvs/bench && CGO_ENABLED=0 go build -o $(CURDIR)/build/bench-ipvs .
	LUAVS_KERNEL_TIMEOUT=900 $(KERNELEXEC) build/bench-ipvs -luavs build/luavs

bench-reload: ## how soon a change of one weight is in the kernel, beside keepalived (three minutes)
	CGO_ENABLED=0 LUAVS_KERNEL_TIMEOUT=420 go test -tags kernel -run '^$$' -bench KernelReload -benchtime 1x -exec '"$(KERNELEXEC)"' ./cmd/luavs

soak: ## the daemon with 10,000 checks a second for an hour (LUAVS_SOAK=5m: shorter)
	go test -count=1 -tags soak -run Soak -v -timeout 24h ./cmd/luavs

chaos: export LUAVS_CHAOS_SEED ?= random
chaos: ## ten minutes of chaos on a kernel with IPVS, fifty hours on the model of one (LUAVS_CHAOS_SEED=N: as once before)
	LUAVS_CHAOS_ROUNDS=100 go test -count=1 -run Chaos ./engine
	LUAVS_CHAOS=10m LUAVS_KERNEL=uml LUAVS_KERNEL_TIMEOUT=900 CGO_ENABLED=0 go test -count=1 -tags kernel -run KernelChaos -v -timeout 20m -exec '"$(KERNELEXEC)"' ./cmd/luavs

kills: ## the daemon killed at 100 moments by chance, and what is there afterwards (make kernel: 30, with the same seed each time)
	LUAVS_KILLS=100 LUAVS_KERNEL_TIMEOUT=2400 CGO_ENABLED=0 go test -count=1 -tags kernel -run KernelKill9 -v -timeout 45m -exec '"$(KERNELEXEC)"' ./cmd/luavs

clean: ## remove what was built
	rm -rf build
