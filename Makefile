# Every command of the repository. What a target needs is set up by the small scripts under deploy/; a second run finds it.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-nab check unit integration e2e chaos fuzz recordings pictures model docs wheel sbom bench kafka kafka-start kafka-stop clean

bin := .venv/bin
demo_ready := .venv/.demo
all_ready := .venv/.all
publish_ready := .venv/.publish
versions := pyproject.toml constraints.txt

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(demo_ready) ## see it work: broker, worker, publisher and watcher in one command, no Docker
	@$(bin)/streamgauge demo $(ARGS)

test: check unit integration e2e ## every test, with all its set-up (Docker engine and Kafka image included)

test-nab: $(all_ready) ## the tests that need all 58 series of NAB (STREAMGAUGE_NAB, or fetched)
	@deploy/docker/engine.sh start
	nab=$$(deploy/nab/corpus.sh) && image=$$(deploy/kafka/image.sh) && \
	    STREAMGAUGE_NAB=$$nab KAFKA_IMAGE=$$image $(bin)/python -m pytest tests/nab $(ARGS)

check: $(all_ready) ## style and types: ruff, mypy --strict
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy

# By default files of few tests come last, and those are the longest.
unit: $(all_ready) ## unit tests: no broker, no TensorFlow, three minutes
	$(bin)/python -m pytest tests/unit --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

integration: $(all_ready) ## integration tests: Keras and ONNX side by side, the worker without a broker
	$(bin)/python -m pytest tests/integration --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

e2e: $(all_ready) ## end-to-end tests: real workers on a real Kafka in a container
	@deploy/debian/install.sh chromium=chromium
	@deploy/docker/engine.sh start
	image=$$(deploy/kafka/image.sh) && KAFKA_IMAGE=$$image $(bin)/python -m pytest tests/e2e --numprocesses 3 --dist loadfile $(ARGS)

chaos: $(all_ready) ## random faults on real workers, then four checkers (SEED=1 MINUTES=5 ARGS="--runs 3 --brokers 3")
	@deploy/docker/engine.sh start
	image=$$(deploy/kafka/image.sh) && KAFKA_IMAGE=$$image $(bin)/python -m tests.faults.campaign \
	    --seed $(or $(SEED),1) --minutes $(or $(MINUTES),5) $(ARGS)

fuzz: $(all_ready) ## mutated inputs, on all cores, for everything that decodes bytes: make fuzz ARGS="--inputs 1000000 --seed 7"
	$(bin)/python -m tests.fuzz $(ARGS)

recordings: $(all_ready) ## record the plain detector anew, after a change of the algorithm that is meant
	$(bin)/python -m tests.plain.recording

pictures: $(all_ready) ## draw the pictures of README and docs anew
	$(bin)/streamgauge score stream/nab/nyc_taxi.csv.gz --labels stream/nab/combined_windows.json.gz \
	    --plot docs/images/nyc_taxi.png --plot-from 2014-10-20
	@deploy/debian/install.sh chromium=chromium
	@deploy/docker/engine.sh start
	image=$$(deploy/kafka/image.sh) && KAFKA_IMAGE=$$image $(bin)/python -m tests.e2e.page_pictures docs/images

model: $(all_ready) ## train the default model anew (about 20 minutes)
	$(bin)/streamgauge train default --out stream/model $(ARGS)

docs: $(all_ready) $(publish_ready) ## the documentation site in site/, warnings are errors; no network is used
	NO_MKDOCS_2_WARNING=1 $(bin)/mkdocs build --strict --quiet
	$(bin)/python -m pytest tests/site $(ARGS)

wheel: $(all_ready) ## the wheel in dist/, installed and tried in a fresh environment
	wheel=$$(deploy/python/wheel.sh dist) && WHEEL=$$wheel $(bin)/python -m pytest tests/wheel $(ARGS)

sbom: $(all_ready) $(publish_ready) ## a CycloneDX bill of materials of an installation: dist/streamgauge.cdx.json
	@wheel=$$(deploy/python/wheel.sh dist) && deploy/python/sbom.sh $$wheel dist/streamgauge.cdx.json

bench: $(all_ready) ## every table of docs/performance.md anew, on a Kafka of its own (40 minutes; ARGS=--quick)
	@deploy/python/peers.sh
	@KAFKA_PORT=9292 KAFKA_DIRECTORY=.kafka/bench deploy/kafka/node.sh start
	$(bin)/python -m benchmarks --brokers 127.0.0.1:9292 $(or $(ARGS),--write); status=$$?; \
	    KAFKA_DIRECTORY=.kafka/bench deploy/kafka/node.sh stop; exit $$status

kafka: ## a real single-node Kafka in the foreground, without Docker (KAFKA_PORT=9092)
	@deploy/kafka/node.sh run

kafka-start: ## the same in the background
	@deploy/kafka/node.sh start

kafka-stop: ## end the Kafka of kafka-start
	@deploy/kafka/node.sh stop

clean: kafka-stop ## remove what the commands made here: .venv, .kafka, caches
	rm -rf .venv .venv-peers .kafka .nab .registry .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist site *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(demo_ready): $(versions)
	@deploy/python/environment.sh demo
	@touch $@

$(all_ready): $(versions)
	@deploy/python/environment.sh training,demo,ingest,msk,notify,page,registry,test,lint
	@touch $(demo_ready) $@

$(publish_ready): $(versions)
	@deploy/python/environment.sh docs,release
	@touch $@
