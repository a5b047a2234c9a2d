"""Routing options of the official package: who is asked, and what is said of it."""

from auriko import BadRequestError
from auriko.route_types import GatewayOptions, RoutingOptions

from cases import HELLO, case, each, failure_of, settle

# Who is best in each respect (gateway.toml).
BY_STRATEGY = {
    "cost": "thrifty",
    "cost-focus": "thrifty",
    "ttft": "prompt",
    "ttft-focus": "prompt",
    "tps": "rapid",
    "tps-focus": "rapid",
}


def ask(client, model="contested", **fields):
    return settle(client.chat.completions.create(model=model, messages=HELLO, **fields))


async def routed(client, model="contested", **options):
    return (await ask(client, model, gateway=GatewayOptions(routing=RoutingOptions(**options)))).routing_metadata


async def refused(client, code, param, **options):
    call = lambda: client.chat.completions.create(model="contested", messages=HELLO, gateway={"routing": options})
    error = await failure_of(call, BadRequestError)
    assert (error.status_code, error.code, error.param) == (400, code, f"gateway.routing.{param}"), repr(error)
    return error


def strategy_case(strategy, provider):
    async def check(client):
        routing = await routed(client, optimize=strategy)
        assert (routing.provider, routing.routing_strategy) == (provider, strategy), routing

    check.__name__ = f"optimize_{strategy}"
    case("routing")(check)


for strategy, provider in BY_STRATEGY.items():
    strategy_case(strategy, provider)


@case("routing")
async def optimize_balanced(client):
    routing = await routed(client, optimize="balanced")
    assert routing.routing_strategy == "balanced", routing


@case("routing")
async def nothing_asked_is_cost_focus(client):
    routing = (await ask(client)).routing_metadata
    assert (routing.provider, routing.routing_strategy) == ("thrifty", "cost-focus"), routing


@case("routing")
async def weights(client):
    routing = await routed(client, weights={"ttft": 1.0})
    assert (routing.provider, routing.routing_strategy) == ("prompt", "custom"), routing


@case("routing")
async def a_suffix(client):
    for suffix, provider in (("ttft-focus", "prompt"), ("tps", "rapid")):
        routing = (await ask(client, f"contested:{suffix}")).routing_metadata
        assert (routing.provider, routing.routing_strategy) == (provider, suffix), routing


@case("routing")
async def allowed_and_excluded_providers(client):
    assert (await routed(client, providers=["rapid"])).provider == "rapid"
    assert (await routed(client, exclude_providers=["thrifty", "prompt"])).provider == "rapid"
    await refused(client, "provider_not_in_allowlist", "providers", providers=["sim"])
    everybody = ["thrifty", "prompt", "rapid"]
    error = await refused(client, "provider_blocked", "exclude_providers", exclude_providers=everybody)
    assert error.body["error"]["suggestion"], error.body


@case("routing")
async def a_preferred_provider(client):
    assert (await routed(client, prefer="rapid")).provider == "rapid"
    assert (await routed(client, prefer="nobody")).provider == "thrifty"


@case("routing")
async def ceilings_and_floors(client):
    assert (await routed(client, max_ttft_ms=100)).provider == "prompt"
    assert (await routed(client, optimize="tps", max_cost_per_1m=1.0)).provider == "thrifty"
    assert (await routed(client, min_throughput_tps=300)).provider == "rapid"
    await refused(client, "cost_constraint_exceeded", "max_cost_per_1m", max_cost_per_1m=0.01)
    await refused(client, "latency_constraint_exceeded", "max_ttft_ms", max_ttft_ms=100, providers=["rapid"])
    await refused(
        client, "throughput_constraint_not_met", "min_throughput_tps", min_throughput_tps=1e6, providers=["prompt"]
    )


@case("routing")
async def data_policies(client):
    assert (await routed(client, data_policy="zdr")).provider == "rapid"
    assert (await routed(client, data_policy="no_training", optimize="ttft")).provider == "prompt"


@case("routing")
async def whose_keys(client):
    assert (await routed(client, only_platform=True)).provider == "thrifty"
    await refused(client, "byok_keys_required", "only_byok", only_byok=True)


@case("routing")
async def a_tier_that_nobody_has(client):
    await refused(client, "no_compatible_endpoint", "tier", tier="priority")


@case("routing")
async def options_as_a_plain_dict(client):
    await refused(client, "unknown_field", "optimise", optimise="cost")
    await refused(client, "invalid_parameter_value", "optimize", optimize="cheapest-of-all")
    await refused(client, "invalid_parameter_value", "deadline_ms", timeout_ms=2, deadline_ms=1)


@case("routing")
async def several_models_in_a_pool(client):
    reply = await settle(client.chat.completions.create(messages=HELLO, gateway={"models": ["contested", "simulated"]}))
    assert reply.routing_metadata.model_canonical in ("contested", "simulated"), reply.routing_metadata
    named = await settle(
        client.chat.completions.create(
            messages=HELLO, gateway={"models": ["contested", "simulated"], "routing": {"providers": ["sim"]}}
        )
    )
    assert named.routing_metadata.model_canonical == "simulated", named.routing_metadata


@case("routing")
async def several_models_in_order(client):
    gateway = GatewayOptions(models=["limited", "simulated"], routing=RoutingOptions(mode="fallback"))
    reply = await settle(client.chat.completions.create(messages=HELLO, gateway=gateway))
    assert reply.routing_metadata.model_canonical == "simulated", reply.routing_metadata


@case("routing")
async def model_and_models_exclude_each_other(client):
    call = lambda: client.chat.completions.create(
        messages=HELLO, extra_body={"model": "simulated", "gateway": {"models": ["simulated"]}}
    )
    # The package itself may refuse it first, with the same class.
    assert (await failure_of(call, BadRequestError)).param in ("gateway.models", "model")


@case("routing")
async def another_provider_steps_in(client):
    assert (await ask(client, "covered")).routing_metadata.provider == "sim"
    stream = await ask(client, "covered", stream=True)
    assert len([chunk async for chunk in each(stream)]) > 2 and stream.routing_metadata.provider == "sim"


@case("routing")
async def another_provider_steps_in_for_a_slow_one(client):
    routing = await routed(client, "patient", timeout_ms=300)
    [warning] = routing.warnings
    assert routing.provider == "sim" and warning.type.value == "provider_timeout", routing


@case("routing")
async def metadata(client):
    own = {"tags": ["test"], "user_id": "u", "trace_id": "t", "custom_fields": {"a": "b"}}
    reply = await ask(client, "simulated", gateway=GatewayOptions(metadata=own))
    assert not reply.routing_metadata.warnings, reply.routing_metadata
    call = lambda: client.chat.completions.create(model="simulated", messages=HELLO, gateway={"metadata": {"tag": "x"}})
    assert (await failure_of(call, BadRequestError)).param == "gateway.metadata.tag"


@case("routing")
async def extensions_for_others_are_reported(client):
    # The package has types for some vendors; for the rest a dict is passed on.
    extensions = {"google": {"cached_content": "x"}, "nobody": {"a": 1}}
    routing = (await ask(client, "simulated", extra_body={"extensions": extensions})).routing_metadata
    assert {warning.type.value for warning in routing.warnings} == {"ignored_extension", "unknown_provider"}, routing
