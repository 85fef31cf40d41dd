# `make` alone prints what there is. Everything runs from a virtual environment that the first command makes.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PY := .venv/bin/python
READY := .venv/ready

# The selection, as in `make conformance CASE='saml.*' AGENT=http`.
RUN_OPTIONS = $(foreach c,$(CASE),--case '$(c)') $(foreach p,$(PERSONALITY),--personality $(p)) \
  $(foreach a,$(AGENT),--agent $(a)) $(foreach c,$(CLASS),--class $(c)) $(foreach w,$(WEAKNESS),--weakness $(w)) \
  $(if $(PLAN),--plan $(PLAN)) \
  $(if $(TARGET),--target $(TARGET)) $(if $(N),--workers $(N)) \
  $(if $(TLS),--tls) $(if $(IDP_PORT),--idp-port $(IDP_PORT)) $(if $(IDP_CA_DIR),--idp-ca-dir '$(IDP_CA_DIR)')

.PHONY: help conformance test mutants lint fix bench serve-idp serve-platform lock catalog clean browser

help: ## Show this help
	@echo "SSO conformance: a mock Okta and Entra ID, a LiveVox platform, and the suite that says who is logged in."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  Selection: CASE=glob PERSONALITY=okta|entra AGENT=http|chromium CLASS=name PLAN=smoke|gate|full TARGET=file WEAKNESS=name N=workers"

conformance: $(READY) browser ## Play every login and attack against the platform, judge, and write a report
	@$(PY) -m conformance run $(RUN_OPTIONS)

test: $(READY) browser ## Test our own code
	@$(PY) -m pytest tests -q -n auto --dist worksteal

mutants: $(READY) ## Plant each weakness in the platform and show that a case of its class catches it
	@$(PY) -m conformance mutants

lint: $(READY) ## Check style, types and import rules; changes nothing
	@.venv/bin/ruff format --check -q . && .venv/bin/ruff check -q .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

fix: $(READY) ## Format, and mend what ruff can mend
	@.venv/bin/ruff check --fix -q . ; .venv/bin/ruff format -q .

bench: $(READY) browser ## Measure speed: medians, and what the time is spent on
	@$(PY) -m mock_idp bench; idp=$$?; $(PY) -m conformance bench && exit $$idp

serve-idp: $(READY) ## Start the mock IdP (it signs anything: never expose it)
	@$(PY) -m mock_idp serve

serve-platform: $(READY) ## Start the LiveVox platform stub
	@$(PY) -m platform_stub serve

catalog: $(READY) ## Write the mock IdP's catalogue of faults and personas for the scenario loader
	@$(PY) -m mock_idp catalog > scenarios/schema/catalog.json.new && mv scenarios/schema/catalog.json.new scenarios/schema/catalog.json

lock: $(READY) ## Resolve the dependencies anew
	@$(PY) -m pip install -q uv && .venv/bin/uv pip compile -q --universal --no-annotate --no-header --no-emit-index-url \
	  --no-emit-find-links --group dev --upgrade pyproject.toml -o requirements.lock

browser: $(READY)
	@$(PY) -m conformance.agents.find_browser --install > /dev/null

clean: ## Remove the virtual environment and all runs
	rm -rf .venv artifacts .mutants

$(READY): requirements.lock scripts/make_venv.sh
	@sh scripts/make_venv.sh
