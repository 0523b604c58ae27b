# Every command of the repository. What a target needs is set up by the small scripts under deploy/; a second run finds it.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-nab check unit integration e2e recordings model kafka kafka-start kafka-stop clean

bin := .venv/bin
demo_ready := .venv/.demo
all_ready := .venv/.all
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

unit: $(all_ready) ## unit tests: no broker, no TensorFlow, two minutes
	$(bin)/python -m pytest tests/unit $(ARGS)

integration: $(all_ready) ## integration tests: Keras and ONNX side by side, the worker without a broker
	$(bin)/python -m pytest tests/integration $(ARGS)

e2e: $(all_ready) ## end-to-end tests: real workers on a real Kafka in a container
	@deploy/docker/engine.sh start
	image=$$(deploy/kafka/image.sh) && KAFKA_IMAGE=$$image $(bin)/python -m pytest tests/e2e $(ARGS)

recordings: $(all_ready) ## record the plain detector anew, after a change of the algorithm that is meant
	$(bin)/python -m tests.plain.recording

model: $(all_ready) ## train the default model anew (about 20 minutes)
	$(bin)/streamgauge train default --out stream/model $(ARGS)

kafka: ## a real single-node Kafka in the foreground, without Docker (KAFKA_PORT=9092)
	@deploy/kafka/node.sh run

kafka-start: ## the same in the background
	@deploy/kafka/node.sh start

kafka-stop: ## end the Kafka of kafka-start
	@deploy/kafka/node.sh stop

clean: kafka-stop ## remove what the commands made here: .venv, .kafka, caches
	rm -rf .venv .kafka .nab .mypy_cache .pytest_cache .ruff_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(demo_ready): $(versions)
	@deploy/python/environment.sh demo
	@touch $@

$(all_ready): $(versions)
	@deploy/python/environment.sh training,demo,test,lint
	@touch $(demo_ready) $@
