# make demo   sets up, builds, evaluates the sample that ships with the repository
# make test   sets up, builds, runs every test
# make lint   checks the format
SWIFT_FLAGS ?=
TRAITS = $(if $(WITHOUT_ONEDNN),--disable-default-traits)
BUILD = swift build -c release $(TRAITS) $(SWIFT_FLAGS)

.PHONY: demo test build lint bootstrap

bootstrap:
	@Scripts/bootstrap $(if $(WITHOUT_ONEDNN),--without-onednn)

build: bootstrap
	$(BUILD) --product realitygap

demo: build
	.build/release/realitygap reproduce sample

# Release mode: the tests compare pixels and networks, which takes minutes without optimisation.
test: bootstrap
	$(BUILD) --build-tests
	swift test -c release $(TRAITS) $(SWIFT_FLAGS) --skip-build

lint:
	swift format lint --strict -r Sources Tests Package.swift
