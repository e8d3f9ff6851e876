# Pieloop. `make up` runs it, `make test` tests it; `make help` lists the rest.
# Everything lands in .venv (programs) and .pieloop (data) beside this file.

PYTHON ?=
VENV ?= .venv
BIN := $(VENV)/bin
export PYTHON VENV
export PYTHONUTF8 := 1
# What is started here is started many times: it is compiled once, whatever is usual elsewhere on this machine.
export PYTHONDONTWRITEBYTECODE :=

SIZE ?= small
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
ARGS ?=
SCALE ?= full
TEMPLATES := service/http/web/templates
MANIFESTS := $(filter-out %/kustomization.yaml,$(wildcard deploy/kubernetes/*.yaml))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r name what; do \
		printf '%-32s %s\n' "$$name" "$$what"; done

# ---------------------------------------------------------------- running

.PHONY: up
up: environment ## Run the site: PostgreSQL, Redis, web process and worker; Ctrl-C stops them
	@$(BIN)/pieloop up --with-parent $(ARGS)

.PHONY: demo
demo: environment ## Fill the site with a demo: SIZE=small, full or huge, ARGS= for more
	@$(BIN)/pieloop demo --size $(SIZE) $(ARGS)

.PHONY: doctor
doctor: environment ## Look for what is wrong: pools, migrations, Redis, queues, disk
	@$(BIN)/pieloop doctor $(ARGS)

.PHONY: bench
bench: environment-dev ## Measure the hot paths beside a hello-world, on the full demo
	@$(BIN)/python -m bench $(ARGS)

.PHONY: bench-media
bench-media: environment-dev ## Measure images of 12 megapixels beside pyvips doing the same; ARGS="--images 5 --rounds 3"
	@$(BIN)/python -m bench.media $(ARGS)

# A site that runs, with something on it: `make demo SIZE=full`, then `make up`.
SITE ?= http://127.0.0.1:8000
PAGES ?= / /communities

.PHONY: lighthouse
lighthouse: environment-dev ## What Lighthouse says of pages of a running site, on a phone: PAGES="/ /c/cats /post/1" SITE=http://127.0.0.1:8000
	@$(BIN)/python -m bench.lighthouse --site $(SITE) $(ARGS) $(PAGES)

.PHONY: prove
prove: environment-laboratory ## Show by experiments that no connection crosses a process (6 to 12 minutes): SCALE=small or full
	@$(BIN)/python -m laboratory --scale $(SCALE) $(if $(filter full,$(SCALE)),--report docs) $(ARGS)

# ---------------------------------------------------------------- testing

# One process more than there are cores: some tests wait. worksteal: a process that ends before its time is replaced, and
# no file holds up the end of a run.
.PHONY: test
test: environment-dev ## All tests, against a real PostgreSQL and Redis; WORKERS=n, ARGS="-k name"
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q $(ARGS)

# Passed to the drills as DRILL_<name>: what each is, tests/faults/sizes.py says.
DRILLS := OUTAGE=60 PAUSE=0.05 CROWD_SECONDS=60 CROWD=500 KILLING=600 WRITES=1000 EVENTS=1000 PICTURES=200 SIDE_BY_SIDE=600 FAILOVER=200
DRILL_TESTS := tests/faults tests/lifecycle/test_crowd.py tests/lifecycle/test_postgres_trouble.py

.PHONY: drills
drills: environment-dev ## The fault drills at full length (40 minutes), and their table; OUTAGE=60 KILLING=600 ...
	@env $(foreach pair,$(DRILLS),$(eval name := $(firstword $(subst =, ,$(pair))))DRILL_$(name)=$(or $($(name)),$(lastword $(subst =, ,$(pair))))) \
		$(BIN)/python -m pytest -q -p tests.table $(DRILL_TESTS) $(ARGS)

.PHONY: accessibility
accessibility: environment-dev ## Every kind of page as axe-core sees it, on a phone and on a desktop (5 minutes)
	@ACCESSIBILITY=1 $(BIN)/python -m pytest -q tests/browser/test_accessibility.py \
		"tests/browser/test_every_page.py::test_every_kind_of_page_is_quiet_and_fits_and_keeps_nobody_out" $(ARGS)

.PHONY: federate
federate: environment-dev ## Whole sites that talk to each other over TLS, in a network of their own (Linux): ARGS="-k votes"
	@$(BIN)/python -m tests.federate.network -q tests/federate $(ARGS)

.PHONY: peers
peers: environment-dev ## Judge a running site by running servers of other programs, see docs/federation-peers.md: ARGS="-k polls"
	@$(BIN)/python -m pytest -q -n 0 tests/peers $(ARGS)

.PHONY: siege
siege: environment-dev ## Every attack at once against a site in use, and what its users notice: SECONDS=600
	@DRILL_SIEGE=$(or $(SECONDS),600) $(BIN)/python -m pytest -q -n 0 -s -p tests.table tests/faults/test_siege.py $(ARGS)

FILES ?= 10000

MODULES ?= service workers
TESTS ?= tests

.PHONY: mutants
mutants: environment-dev ## Put faults into the code and see whether a test notices: MODULES=service/forum TESTS=tests/forum ARGS="--number 20", ARGS=--known
	@$(BIN)/python -m tests.mutants $(MODULES) --tests $(TESTS) $(ARGS)

.PHONY: fuzz-images
fuzz-images: environment-dev ## Hostile image files, FILES=10000 of them (some minutes), and how they ended
	@FUZZ_FILES=$(FILES) $(BIN)/python -m pytest -q -n 0 -p tests.table tests/attacks/test_images.py $(ARGS)

.PHONY: colour-table
colour-table: environment-dev ## Measure the differences of colours anew: docs/colour-differences.md, docs/pictures
	@$(BIN)/python -m tests.media.report $(ARGS)

# An environment of its own, the locked one but for Pillow.
PILLOW ?= 12.0.0

.PHONY: test-media
test-media: ## The tests of images with another Pillow: PILLOW=12.0.0
	@VENV=.venv-pillow-$(PILLOW) requirements/install dev
	@.venv-pillow-$(PILLOW)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps pillow==$(PILLOW)
	@.venv-pillow-$(PILLOW)/bin/python -m pytest -q -n 0 tests/media --ignore tests/media/test_store.py $(ARGS)

# What belongs to one configuration stands in a folder of its name; all else of the API is tested with the default one.
CONFIGURATION ?=
APART := disabled allow_list rate_limited
ONE_CONFIGURATION = $(if $(filter default,$(CONFIGURATION)),tests \
	$(APART:%=--ignore tests/private_registration/%),tests/private_registration/$(CONFIGURATION))

.PHONY: test-private-registration
test-private-registration: environment-dev ## The private registration API; CONFIGURATION=default, disabled, allow_list, rate_limited
	@$(BIN)/python -m pytest -q -m private_registration $(if $(CONFIGURATION),$(ONE_CONFIGURATION)) $(ARGS)

.PHONY: fuzz-admin
fuzz-admin: environment-fuzz ## Send the administrator's API what nobody thought of: SECONDS=600
	@$(BIN)/python -m tests.fuzz.admin --seconds $(or $(SECONDS),600) $(ARGS)

.PHONY: fuzz-api
fuzz-api: environment-fuzz ## Send the API for apps what nobody thought of, as three people: SECONDS=900
	@$(BIN)/python -m tests.fuzz.api --seconds $(or $(SECONDS),900) $(ARGS)

.PHONY: check
check: lint types imports templates workflows dockerfile manifests ## Everything that can be said without running it

.PHONY: lint
lint: environment-dev
	@echo "ruff ..."
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "Not formatted: run make format"; exit 1; }

.PHONY: types
types: environment-dev
	@echo "mypy ..."
	@$(BIN)/mypy --no-error-summary

.PHONY: imports
imports: environment-dev
	@echo "import contracts ..."
	@$(BIN)/lint-imports --no-cache --no-logo

.PHONY: templates
templates: environment-dev ## Lint the page templates
	@echo "templates ..."
	@$(BIN)/djlint --quiet --lint $(TEMPLATES)

.PHONY: workflows
workflows: environment-dev
	@echo "workflows ..."
	@$(BIN)/zizmor --offline --no-progress --quiet .github
	@.ci/node/run workflows

.PHONY: dockerfile
dockerfile:
	@echo "Dockerfile ..."
	@.ci/node/run dockerfile

.PHONY: manifests
manifests: environment-dev
	@echo "manifests ..."
	@$(BIN)/kubernetes-validate --strict --quiet $(MANIFESTS)

# What is said in the code, for translators. Places are left out: they change with every edit.
TRANSLATIONS := service/language/translations
MESSAGES := .pieloop/messages.pot
BABEL := $(BIN)/pybabel --quiet

.PHONY: messages
messages: environment-dev
	@mkdir -p $(dir $(MESSAGES))
	@$(BABEL) extract -F pyproject.toml -k _ -k n_:1,2 -k p_:1c,2 --no-location --sort-output \
		--project Pieloop -o $(MESSAGES) .

.PHONY: translations
translations: messages ## Bring the catalogues of all languages up to date with the code
	@for one in $(TRANSLATIONS)/*.po; do \
		$(BABEL) update -i $(MESSAGES) -o $$one -l $$(basename $$one .po) --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date; \
	done

.PHONY: translation
translation: messages ## Begin a translation: LANGUAGE=fr
	@mkdir -p $(TRANSLATIONS)
	@$(BABEL) init -i $(MESSAGES) -o $(TRANSLATIONS)/$(LANGUAGE).po -l $(LANGUAGE)

.PHONY: format
format: environment-dev ## Format the code in place
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

# ---------------------------------------------------------------- environment

.PHONY: environment
environment:
	@requirements/install up

.PHONY: environment-laboratory
environment-laboratory:
	@requirements/install laboratory

.PHONY: environment-fuzz
environment-fuzz:
	@requirements/install fuzz

.PHONY: environment-dev
environment-dev:
	@requirements/install dev

IMAGE ?= pieloop:latest

.PHONY: image
image: ## Build the container image: IMAGE=name:tag
	docker build --tag "$(IMAGE)" .

.PHONY: image-push
image-push:
	docker push "$(IMAGE)"

.PHONY: image-release
image-release: ## Build for all architectures with SBOM and provenance, and push: IMAGE=name:tag
	docker buildx build --platform linux/amd64,linux/arm64 --sbom=true --provenance=mode=max --tag "$(IMAGE)" --push .

RELEASE ?=

.PHONY: release-notes
release-notes: ## What the changelog says of RELEASE=v1.2.3; fails where tag, version and changelog disagree
	@.ci/release-notes "$(RELEASE)"

# uv resolves for every platform and Python at once; no-emit-index-url keeps the files free of registry addresses.
UV ?= uv
COMPILE = $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: lock
lock: ## Resolve the dependencies anew; UPGRADE=--upgrade takes newer versions
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: python3 -m pip install uv, or UV=/path/to/uv"; exit 1; }
	$(COMPILE) $(UPGRADE) --extra embedded --group bench --group build --group laboratory --group test --group check --group fuzz -o requirements/fuzz.lock
	$(COMPILE) -c requirements/fuzz.lock --extra embedded --group bench --group build --group laboratory --group test --group check -o requirements/dev.lock
	$(COMPILE) -c requirements/dev.lock --extra embedded --group build --group laboratory -o requirements/laboratory.lock
	$(COMPILE) -c requirements/dev.lock --extra embedded --group build -o requirements/up.lock
	$(COMPILE) -c requirements/dev.lock --group build -o requirements/server.lock

.PHONY: clean
clean: ## Remove what can be made again; the data in .pieloop stays
	rm -rf $(VENV) .ci/node/node_modules tests/clients/node/node_modules tests/http/web/validity/node_modules bench/lighthouse/node_modules build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find service workers tests bench laboratory -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
