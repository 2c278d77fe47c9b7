# Waybill. `make run` starts the demo shop, `make test` runs every check.
# Both need Go; `make test` fetches redis-server and chromium where it may.

.DEFAULT_GOAL := build
.PHONY: build run test test-faults check-generated lint fmt generate bench shots clean

VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)

# The version is stamped by us: Go's own stamping fails in a clone that belongs to another user.
export GOFLAGS := $(strip $(shell go env GOFLAGS) -buildvcs=false)

# The Go files of the tree, without hidden folders.
GOFILES = $$(find . -path './.*' -prune -o -path '*/node_modules' -prune -o -name '*.go' -print)

build:
	go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/waybill ./cmd/waybill

# The demo shop, with its data in ./data.
run: build
	./bin/waybill serve --demo --data-dir data

test:
	sh .tools/need redis-server chromium cc
	$(MAKE) check-generated lint
	go test -race -count=1 -timeout 20m ./...
	WAYBILL_PARTITIONS=16 go test -count=1 -timeout 10m -skip '^TestManyRowsInTime$$' ./store/rdb
	go test -count=1 -timeout 10m -run '^TestManyRowsInTime$$' -v ./store/rdb

# Every round of faults in its long form; `make test` runs them short. One package after the other: what is
# measured here is how long people wait.
test-faults:
	sh .tools/need redis-server
	WAYBILL_FAULTS=long go test -p 1 -count=1 -timeout 60m -v ./cmd/waybill/faults
	WAYBILL_FAULTS=long go test -p 1 -count=1 -timeout 60m ./store/... ./web/live
	WAYBILL_PARTITIONS=cluster go test -count=1 -timeout 60m ./store/rdb

# Fails when a _templ.go is not what its .templ gives; writes nothing.
check-generated:
	@go tool templ generate -check -log-level error || \
	{ echo "generated code is out of date: run make generate and commit the _templ.go files"; exit 1; }

lint:
	@unformatted=$$(gofmt -l $(GOFILES)); \
	if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi
	go vet ./...

fmt:
	gofmt -w $(GOFILES)
	go tool templ fmt .

generate:
	go tool templ generate

bench:
	sh .tools/need redis-server
	go test -count=1 -timeout 10m -run '^TestManyRowsInTime$$' -v ./store/rdb
	go test -run "^$$$$" -bench . -benchmem -timeout 30m ./...

# Pictures of the pages, into .shots (ignored by git).
shots:
	sh .tools/need redis-server chromium
	WAYBILL_SHOTS=1 go test -count=1 -timeout 10m -run "^TestScreenshots" -v ./cmd/waybill

# What was built; never ./data, which is somebody's shop.
clean:
	rm -rf bin .shots .cache
