# Every command a person or CI runs. `just ready` is exactly what CI runs.

# List the commands.
default:
    @just --list

# Everything CI checks.
ready:
    npm test

# Formatters, both languages, writing.
format:
    cargo fmt --all
    npm run format

# Build the addon (fast profile) and the TypeScript.
build:
    npm run build

# One streamed completion, no key needed.
quickstart:
    npm run quickstart

# A gateway on http://127.0.0.1:8787.
gateway:
    npx auriko gateway

# What routing by cost saves on the example traces.
simulate:
    npx auriko simulate examples/traces/agent.jsonl examples/traces/batch.jsonl examples/traces/chat.jsonl

# Races for a budget, killed gateways, databases that go away: the long form.
cluster:
    npm run test:cluster

# What streams, calls and the gateway cost, against the peers.
bench:
    npm run bench

# The same program on Node 20 to 26, Bun and Deno.
runtimes:
    npm run test:runtimes

# The V3 provider under ai@6 on Node 20.
ai6:
    npm run test:ai6

# Published clients, unchanged, against a gateway.
conform-clients:
    npm run conform:clients

# The OpenAI package on its three majors, against our gateway.
openai:
    npm run test:openai

# What each provider does on the same wire.
compare:
    npm run compare:providers

# A real language model behind the provider and the gateway.
llm:
    npm run e2e:llm

# Licences and advisories of the Rust dependencies (needs cargo-deny).
deny:
    cargo deny check
