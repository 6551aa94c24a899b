# `make run` and `make test` do all the set-up on a fresh machine: Linux, Python 3.11 to 3.14, pip.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate

.PHONY: run test quick chaos cases check check-pythons settings markets backgrounds lock train-head \
	train-classifier clean

run: $(INSTALLED)
	@$(BIN)/vitrina weights fetch
	@if [ -n "$$BOT_TOKEN" ] || grep -qs '^BOT_TOKEN=.' .env; then \
		$(BIN)/vitrina bot; \
	else \
		echo "No BOT_TOKEN in .env: putting the sample photos through the pipeline instead."; \
		$(BIN)/vitrina process --input-folder samples --output-folder results --add-background blue \
		&& echo "The results are in results/, a folder per photo. To run the bot: docs/run-a-bot.md" \
		&& if [ -t 1 ] && [ -z "$$CI" ]; then $(BIN)/vitrina try; \
		else echo "To try the bot in a browser, without a token: $(BIN)/vitrina try"; fi; \
	fi

test: $(INSTALLED)
	@$(BIN)/vitrina weights fetch
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(PYTEST)

# For the loop while one works: the fastest unit tests, at most 3 minutes in all.
quick: $(INSTALLED)
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -q -m 'not slow' --within 90 --timeout 60 tests/unit

# Half an hour of dying processes; names of rows narrow it: make chaos ROWS="clock poison-sqlite"
chaos: $(INSTALLED)
	@$(BIN)/python -m tests.chaos $(ROWS)

# Every input on which 0.2.0 failed, in one go, those too that take a core for seconds
cases: $(INSTALLED)
	@$(BIN)/vitrina weights fetch
	@CASES=all $(BIN)/python -m pytest tests/cases tests/e2e/test_telemetry.py

check: $(INSTALLED)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/zensical build --strict >/dev/null
	@$(BIN)/deptry .
	@$(BIN)/deptry . --exclude '$(VENV)|build' --ignore DEP002,DEP004  # the tests' imports too

# .env.example and docs/configuration.md, from the settings' own descriptions
settings: $(INSTALLED)
	@$(BIN)/python -m vitrina.settings

# docs/markets.md, from the markets' files
markets: $(INSTALLED)
	@$(BIN)/python -m pipeline.markets.page > docs/markets.md

docs/results.jpg: $(INSTALLED) samples
	@$(BIN)/vitrina sheet --input-folder samples --output $@ \
		--backgrounds white,blue,grad,warm-grey,on-oak,on-marble,window-light,terracotta

# Product cards of the samples
docs/cards.jpg: $(INSTALLED) samples FORCE
	@$(BIN)/python -m benchmarks.card_page $@

# The page of `vitrina try`; needs chromium
docs/playground.jpg: $(INSTALLED) samples FORCE
	@$(BIN)/python -m benchmarks.playground_page $@

docs/walk: $(INSTALLED) FORCE
	@DRAW_WALK=1 $(BIN)/python -m pytest -q tests/e2e/test_walk.py

FORCE:

bot/examples: $(INSTALLED) samples
	@$(BIN)/vitrina examples --output-folder $@ \
		samples/green-t-shirt.jpg samples/orange-top.jpg samples/padded-vest.jpg samples/yellow-cap.jpg
	@mkdir -p $@/sample && cp samples/green-t-shirt.jpg $@/sample/

# The scenes of backgrounds/scenes.toml; names of some narrow it: make backgrounds SCENES="on-oak"
backgrounds: $(INSTALLED)
	@$(BIN)/pip install --quiet --editable '.[studio]'
	@$(BIN)/python -m backgrounds.studio $(SCENES)

lock: $(INSTALLED)
	@echo 'hatchling>=1.27' | $(COMPILE) -o requirements/build.lock -
	@$(COMPILE) --extra s3 -o requirements/cpu.lock pyproject.toml
	@$(COMPILE) --extra s3 --extra gpu --override requirements/cuda.overrides \
		-o requirements/cuda.lock pyproject.toml requirements/cuda.in

# Every dependency has a wheel for each Python that pyproject.toml names, also for those not here.
check-pythons: $(INSTALLED)
	@for minor in $$(sed -n 's/.*Python :: 3\.\([0-9]*\)".*/\1/p' pyproject.toml); do \
		$(BIN)/uv pip compile --quiet --python-version 3.$$minor --only-binary :all: --all-extras \
			pyproject.toml > /dev/null && echo "3.$$minor: all have wheels" || exit; \
	done

DRAWN := build/drawn/package/assets

$(DRAWN):
	@rm -rf build/drawn && mkdir -p build/drawn/new && cd build/drawn/new \
		&& npm pack --silent --ignore-scripts @lobehub/fluent-emoji-3d@1.1.0 >/dev/null \
		&& tar -xzf *.tgz && mv package ..

# DATA is a folder of photos as training/sources.py lists them. Some five hours on two idle cores; a
# stopped run goes on where it was. Curves and reports are kept in build/training. ISNET=FILE
# measures IS-Net beside; SCENES and STEPS make the run larger or smaller, SHARE=0.1 tries it.
train-head: $(INSTALLED) $(DRAWN)
	@test -d "$(DATA)" || { echo "make train-head DATA=folder, see training/sources.py"; exit 2; }
	@$(BIN)/pip install --quiet --editable '.[gpu,evaluate]'
	@test -n "$(U2NET)" || $(BIN)/vitrina weights fetch u2net
	@$(BIN)/python -m training --data "$(DATA)" --drawn $(DRAWN) --u2net "$(or $(U2NET),weights/u2net.onnx)" \
		$(if $(SCENES),--scenes $(SCENES)) $(if $(STEPS),--steps $(STEPS)) $(if $(SHARE),--share $(SHARE))
	@for split in tuned apart; do $(BIN)/vitrina evaluate --json build/training/$$split.json \
		--photos build/training/$$split/photos --masks build/training/$$split/masks \
		--alone u2net$(addprefix =,$(U2NET)) $(if $(ISNET),--alone isnet=$(ISNET)) --alone head \
		--beside head+u2net$(addprefix =,$(U2NET)) || exit; done

# After train-head: its maps are what the classifier judges by. DATA as above; half an hour on two
# idle cores, a stopped run goes on where it was. The report is kept in build/choice.
train-classifier: $(INSTALLED)
	@test -d "$(DATA)" || { echo "make train-classifier DATA=folder, see training/outlined.py"; exit 2; }
	@$(BIN)/pip install --quiet --editable '.[gpu]'
	@$(BIN)/python -m training.classifier --data "$(DATA)"

$(INSTALLED): pyproject.toml
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --upgrade pip
	@$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) results
