# make demo   sets up, builds, evaluates the sample that ships with the repository
# make test   sets up, builds, runs every test
# make lint   checks the format of Swift and C; make format mends it
# make imports        fails where a target imports what Package.swift does not give it
# make test-baseline  the kernels' tests as a processor without AVX executes them
# make test-sanitized the unit tests under AddressSanitizer, then under ThreadSanitizer
# make test-mpi       one training on several processes, killed and resumed, ends with the same bytes
# make test-networks  networks that leave as ONNX compute the same in ONNX Runtime (Python, PyPI)
# make test-browser   the dashboard in a real browser, used while a training writes to its database
# make fuzz SECONDS=60   fuzzes what reads files and answers from outside, each kind of input for so long, or each
#             of TARGETS="pth png"; a finding is saved and fails
# make hostile   thousands of damaged HDF5 files and a bomb of every kind, given to the program itself
# make guards         test-mpi, test-baseline, test-sanitized and docs
# make test-thread-all nearly the whole test suite under ThreadSanitizer, without oneDNN (see CONTRIBUTING.md)
# make instructions   counts the instructions of fixed pieces of work and fails where one has grown by 5 %
# make stress KILLS=60 POINTS=4 FOR=60   kills, starvation, many processes at once, sockets: a short run of each
# make sbom   what the program consists of, with versions and licences: .build/realitygap.spdx.json (SPDX 2.3);
#             VALIDATE=1 checks it with PyPI's spdx-tools
# make docs   builds the documentation of every declaration into .build/docs
# make install PREFIX=/usr/local   builds and installs program, manual pages and completions
# make reports   makes the reports in Reports/ again, in a minute (ablation.md apart)
# make ablation PHOTOS=DIR VALIDATION=DIR   trains the variants of Experiments/ablation and writes
#             Reports/ablation.md, in about a quarter of an hour
# make precision PHOTOS=DIR VALIDATION=DIR   trains in float32 and in bfloat16 with three seeds each and
#             prints how well the correctors do, in about twenty minutes (Benchmarks/README.md)
# make prints VALIDATION=DIR   what the corrector for prints gives back on labelled photos, printed and
#             photographed three times by the simulator: results/prints, in about five minutes for 200
# make efficientnet VALIDATION=DIR   EfficientNet-Lite0 in PyTorch judges the shipped correctors on labelled
#             photos, distorted DRAWS times (2) and printed: results/efficientnet, in about ten minutes for 200
# WITHOUT_ONEDNN=1, WITHOUT_PNG=1 and WITHOUT_WEBP=1 leave a library out; WITH_MPI=1 adds training on several processes.
SWIFT_FLAGS ?=
comma = ,
space = $() $()
LIBRARIES = $(if $(WITHOUT_ONEDNN),,OneDNN) $(if $(WITHOUT_PNG),,PNG) $(if $(WITHOUT_WEBP),,WebP) \
  $(if $(WITH_MPI),MPI)
TRAITS = $(if $(WITHOUT_ONEDNN)$(WITHOUT_PNG)$(WITHOUT_WEBP)$(WITH_MPI),$(if $(strip $(LIBRARIES)),\
  --traits $(subst $(space),$(comma),$(strip $(LIBRARIES))),--disable-default-traits))
LEFT_OUT = $(if $(WITHOUT_ONEDNN),--without-onednn) $(if $(WITHOUT_PNG),--without-png) \
  $(if $(WITHOUT_WEBP),--without-webp)
# Without debug information, which takes time to write; plain `swift build -c release` has it. SwiftPM gives the
# compiler the traits in the order of a hashed set: by another order all of ours would be built anew.
BUILD = SWIFT_DETERMINISTIC_HASHING=1 swift build -c release -debug-info-format none $(TRAITS) $(SWIFT_FLAGS)

.PHONY: demo test build build-tests imports test-baseline test-browser test-mpi test-networks test-sanitized guards \
  test-thread-all fuzz hostile stress sbom instructions \
  lint format docs bootstrap \
  developer ablation precision prints efficientnet reports keys readme agreement speed install uninstall

bootstrap:
	@Scripts/bootstrap $(LEFT_OUT) $(if $(WITH_MPI),--with-mpi)

# What the checks need besides.
developer:
	@Scripts/bootstrap --developer $(LEFT_OUT)

build: bootstrap
	$(BUILD) --product realitygap

demo: build
	.build/release/realitygap reproduce sample
	@echo
	@echo "look at it in a browser: .build/release/realitygap serve --open"

# Release mode: the tests compare pixels and networks, which takes minutes without optimisation.
build-tests: bootstrap
	$(BUILD) --build-tests

RUN_TESTS = swift test -c release -debug-info-format none $(TRAITS) $(SWIFT_FLAGS) --skip-build
test: build-tests
	$(RUN_TESTS)

# Not of `build`, which would build all again without what tests need.
test-networks: build-tests
	@Scripts/bootstrap --developer
	Scripts/interchange/networks.py --draws 2

imports:
	@Scripts/imports

# The checks below are made of the layers up to this one; UP_TO= makes them of all.
UP_TO ?= Datasets

# What the least processor and system run: the kernels' baseline alone, without oneDNN; the kernels' tests
# again with OpenBLAS's for a processor without AVX.
KERNEL_TESTS = NeuralNetworksTests|ImagingTests|KernelTests|LatticeTests|PrintKernelTests
BASELINE = --scratch-path .build-baseline
test-baseline: export REALITYGAP_BASELINE = 1
test-baseline: export REALITYGAP_UP_TO = $(UP_TO)
test-baseline: WITHOUT_ONEDNN = 1
test-baseline: bootstrap
	$(BUILD) $(BASELINE) --build-tests
	@! nm .build-baseline/release/CKernels.build/*/*.o | grep -q 'arch_x86-64-v' \
	  || { echo "clones are left" >&2; exit 1; }
	$(RUN_TESTS) $(BASELINE)
	REALITYGAP_OPENBLAS_CORETYPE=Nehalem $(RUN_TESTS) $(BASELINE) --filter '$(KERNEL_TESTS)'

# In builds of their own, and only what stays fast: what reads strangers' files, what threads share, and
# the kernels. Convolutions are left out under ThreadSanitizer, where oneDNN's OpenMP threads spin.
SANITIZED_address = SupportTests|TensorsTests|ImagingTests|WeightFilesTests|DatasetsTests|NeuralNetworksTests
SANITIZED_thread = TensorsTests|DatasetsTests|KernelTests|Differentiation|InferenceNetworkTests|SharedContext
# One training on several processes: in a build of its own, unless all is built with MPI.
ifdef WITH_MPI
test-mpi: build-tests
	Scripts/mpi/check .build/release/realitygap
else
test-mpi: WITH_MPI = 1
test-mpi: bootstrap
	$(BUILD) --scratch-path .build-mpi --product realitygap
	Scripts/mpi/check .build-mpi/release/realitygap
endif

test-browser: build-tests
	@Scripts/bootstrap --browser
	Scripts/browser/check .build/release/realitygap

# In a build of its own: libFuzzer drives all layers below the commands, under AddressSanitizer and, the shims,
# UndefinedBehaviorSanitizer. Kernels, which read no files, are left in their baseline.
SECONDS ?= 60
FUZZED = .build-fuzz/release/Fuzz
fuzz: export REALITYGAP_FUZZ = 1
fuzz: export REALITYGAP_BASELINE = 1
fuzz: bootstrap
	$(BUILD) --sanitize=fuzzer --sanitize=address --scratch-path .build-fuzz --product Fuzz
	Tests/Fuzz/run $(FUZZED) $(SECONDS) $(TARGETS)

# Seconds say nothing on a shared machine: Benchmarks/README.md.
instructions: build
	@Scripts/bootstrap --developer
	Benchmarks/instructions.py .build/release/realitygap

hostile: build
	Tests/Hostile/check .build/release/realitygap

guards: test-mpi test-baseline test-sanitized docs

test-sanitized: test-address test-thread
test-address test-thread: export ASAN_OPTIONS = detect_leaks=0
test-address test-thread: export REALITYGAP_UP_TO = $(UP_TO)
test-address test-thread: export TSAN_OPTIONS = suppressions=$(CURDIR)/Scripts/thread-sanitizer.suppressions
test-address test-thread: test-%: bootstrap
	$(BUILD) --sanitize=$* --scratch-path .build-$* --build-tests
	$(RUN_TESTS) --sanitize=$* --scratch-path .build-$* --filter '$(SANITIZED_$*)'

# What it does not bear: limits of a process, which it meets itself, a crash that is meant, and a test that ends its
# own process.
NOT_UNDER_THREAD = LimitTests|PixelTests/badOutput|BadDatabaseTests/noRoom|HostileFileTests/(crash|nothingLeft)\(
# All layers and nearly every test. OpenMP's threads, which oneDNN has, spin under ThreadSanitizer: OpenBLAS computes.
test-thread-all: WITHOUT_ONEDNN = 1
test-thread-all: export TSAN_OPTIONS = suppressions=$(CURDIR)/Scripts/thread-sanitizer.suppressions
# ThreadSanitizer's own memory counts as that of the process which reads a strange HDF5 file.
test-thread-all: export REALITYGAP_LIMIT_HDF5_BYTES = 1125899906842624
# A command of a test may take so long, not five minutes.
test-thread-all: export REALITYGAP_TEST_SECONDS = 3600
test-thread-all: bootstrap
	$(BUILD) --sanitize=thread --scratch-path .build-thread-all --build-tests
	$(RUN_TESTS) --sanitize=thread --scratch-path .build-thread-all $(if $(TESTS),--filter '$(TESTS)') \
	  --skip '$(NOT_UNDER_THREAD)'

# Documentation/Reliability.md has the long runs. Containers and full disks need root.
KILLS ?= 60
POINTS ?= 4
FOR ?= 60
stress: build-tests
	@Scripts/bootstrap --developer
	python3 Scripts/stress/kill.py $(KILLS)
	python3 Scripts/stress/starve.py --points $(POINTS)
	python3 Scripts/stress/concurrent.py $(FOR)
	python3 Scripts/stress/network.py

SBOM = .build/realitygap.spdx.json
sbom: build
	Scripts/sbom .build/release/realitygap $(SBOM) $(if $(VALIDATE),--validate)

# The Swift runtime is linked in, so that the program runs where no Swift is; that build has a folder
# of its own. Manual pages come from the tool of swift-argument-parser's plugin.
PREFIX ?= /usr/local
STATIC = $(BUILD) --static-swift-stdlib --scratch-path .build-install
install: bootstrap
	$(STATIC) --product realitygap
	$(STATIC) --product generate-manual
	Scripts/install "$(DESTDIR)$(PREFIX)"

uninstall:
	Scripts/install "$(DESTDIR)$(PREFIX)" --uninstall

SWIFT_FILES = Sources Tests Plugins Package.swift
C_FILES = $(shell git ls-files 'Sources/*.c' 'Sources/*.h')
lint: developer
	swift format lint --strict -r $(SWIFT_FILES)
	clang-format --dry-run --Werror $(C_FILES)

format: developer
	swift format format -i -r $(SWIFT_FILES)
	clang-format -i $(C_FILES)

# Only here does the package depend on swift-docc-plugin. A parameter whose name says all has no line, so
# DocC does not ask for one of each.
DOCUMENTED = Support Tensors NeuralNetworks Imaging WeightFiles Models Datasets Tracking Evaluation \
  Training Reporting Interchange Dashboard
docs: export REALITYGAP_DOCS = 1
docs: bootstrap
	rm -rf .build/docs && mkdir -p .build/docs
	swift package --scratch-path .build-docs --allow-writing-to-directory .build/docs \
	  generate-documentation $(DOCUMENTED:%=--target %) --enable-experimental-combined-documentation \
	  --output-path .build/docs --warnings-as-errors --disable-parameters-and-returns-validation
	@echo "look at it: python3 -m http.server --directory .build/docs"

VARIANTS = color color-view color-mse detail detail-mse detail-gradient detail-adversarial \
  detail-aligned detail-joint

# Variants of a stage begin with the shipped corrector's stages before it.
.build/ablation/%/corrector.h5: Experiments/ablation/%.yaml Experiments/sample/corrector.h5 | build
	@: $${PHOTOS:?give PHOTOS=DIR, the photos that the shipped corrector was trained on}
	rm -rf $(@D) $(@D).sqlite* && mkdir -p $(@D)
	.build/release/realitygap train $< --images $(PHOTOS) --output $(@D) \
	  --initial Experiments/sample/corrector.h5 \
	  --initial-stages $(if $(filter color%,$*),stn,stn$(comma)color) --database $(@D).sqlite

ablation: build $(VARIANTS:%=.build/ablation/%/corrector.h5)
	@: $${VALIDATION:?give VALIDATION=DIR, photos that training did not see}
	.build/release/realitygap ablate --output Reports/ablation.md --corrector Experiments/sample/corrector.h5 \
	  --images $(VALIDATION) $(foreach v,$(VARIANTS),--variant .build/ablation/$(v)/corrector.h5)

# Whether bfloat16 trains as well: each precision with three seeds.
PRECISIONS = $(foreach p,float32 bfloat16,$(foreach s,1 2 3,$(p)-$(s)))
.build/precision/%/corrector.h5: Experiments/precision/paper-16.yaml | build
	@: $${PHOTOS:?give PHOTOS=DIR, photos to train on}
	rm -rf $(@D) $(@D).sqlite* && mkdir -p $(@D)
	.build/release/realitygap train $< --seed $(lastword $(subst -, ,$*)) \
	  --images $(PHOTOS) --output $(@D) --precision $(firstword $(subst -, ,$*)) --database $(@D).sqlite

precision: build $(PRECISIONS:%=.build/precision/%/corrector.h5)
	@: $${VALIDATION:?give VALIDATION=DIR, photos that training did not see}
	@for run in $(PRECISIONS); do echo $$run; .build/release/realitygap agreement \
	  --corrector .build/precision/$$run/corrector.h5 --images $(VALIDATION); done

# The reference of all keys of files.
keys: build
	.build/release/realitygap schema --markdown > Documentation/Keys.md

# The pages that show files of Reports/.
readme:
	Scripts/readme

# How often the shipped corrector gives back the canonical prediction, on photos without labels.
agreement: build
	@: $${VALIDATION:?give VALIDATION=DIR, photos that training did not see}
	.build/release/realitygap agreement --corrector Experiments/sample/corrector.h5 \
	  --images $(VALIDATION) > Reports/agreement.txt
	Scripts/readme

# Gains on simulated prints, by print size.
prints: build
	@: $${VALIDATION:?give VALIDATION=DIR, labelled photos that training did not see}
	rm -rf .build/prints && mkdir -p .build/prints
	for size in 1.5in 5in; do \
	  .build/release/realitygap run Experiments/prints-$$size.yaml --data photos=$(VALIDATION) \
	    --database .build/prints/results.sqlite --output results/prints || exit 1; done

# A network that is not ours. Like reports, in a database of its own.
SECOND = .build/efficientnet
DRAWS ?= 2
efficientnet: build
	@: $${VALIDATION:?give VALIDATION=DIR, labelled photos that training did not see}
	rm -rf $(SECOND) && mkdir -p $(SECOND)
	.build/release/realitygap simulate-prints --size 1.5in --size 5in --data $(VALIDATION) --output $(SECOND)
	.build/release/realitygap reproduce sample --data sample=$(VALIDATION) --draws $(DRAWS) \
	  --database $(SECOND)/results.sqlite --output $(SECOND)
	.build/release/realitygap reproduce table2 --models squeezenet1_1 --weights Experiments/sample \
	  --data printed-1.5in=$(SECOND)/printed-1.5in --data printed-5in=$(SECOND)/printed-5in \
	  --corrector paper=Experiments/sample/corrector.h5 \
	  --corrector print=Experiments/sample/print-corrector.h5 \
	  --database $(SECOND)/results.sqlite --output $(SECOND)
	for name in sample table2; do \
	  Scripts/efficientnet/run $$name --database $(SECOND)/results.sqlite --output $(SECOND) && \
	  .build/release/realitygap report $$name --database $(SECOND)/results.sqlite \
	    --output results/efficientnet --format markdown,csv || exit 1; done

# The table of Benchmarks/results.json, which Benchmarks/peers.py --json measured.
speed:
	cd Benchmarks && python3 -m comparison.summary results.json > ../Reports/speed.md
	Scripts/readme

# Everything in Reports/ but ablation.md, agreement.txt and speed.md, which need photos and peers:
# computed again in a database of its own.
REPORTS = .build/reports
reports: build
	rm -rf $(REPORTS) && mkdir -p $(REPORTS)
	.build/release/realitygap reproduce paper-tables --output Reports
	.build/release/realitygap reproduce sample --database $(REPORTS)/results.sqlite \
	  --output Reports | awk '!NF { blanks++ } blanks < 2' > Reports/sample.txt
	.build/release/realitygap report sample --database $(REPORTS)/results.sqlite \
	  --output Reports/sample --format markdown,latex,csv,json
	.build/release/realitygap simulate-prints --size 1.5in --size 5in --data Experiments/sample \
	  --output $(REPORTS) --contact-sheet Reports/simulated-prints.jpg
	.build/release/realitygap reproduce table2 --models squeezenet1_1 --weights Experiments/sample \
	  --data printed-1.5in=$(REPORTS)/printed-1.5in --data printed-5in=$(REPORTS)/printed-5in \
	  --corrector paper=Experiments/sample/corrector.h5 \
	  --corrector print=Experiments/sample/print-corrector.h5 \
	  --database $(REPORTS)/results.sqlite --output Reports/simulated
	Scripts/readme
