"""Models, providers and the key itself with the official package."""

import auriko

from cases import case, failure_of, settle


@case("models")
async def the_list(client):
    models = await settle(client.models.list())
    ids = {model.id: model for model in models.data}
    assert models.object == "list" and len(models.catalog_version) == 16 and models.catalog_age_seconds >= 0
    assert {"simulated", "contested", "claude-opus-4-6", "gemini-2.5-flash"} <= set(ids)
    [provider] = ids["simulated"].providers[:1]
    assert (provider.name, provider.input_price, provider.output_price) == ("sim", 0.1, 0.4), provider
    assert {it.name for it in ids["contested"].providers} == {"thrifty", "prompt", "rapid"}
    claude = ids["claude-opus-4-6"]
    assert claude.owned_by == "auriko" and claude.context_window >= 200_000, claude
    assert "chat_completions" in claude.supported_endpoints, claude


@case("models")
async def the_list_of_an_endpoint(client):
    usual = {model.id for model in (await settle(client.models.list(endpoint="chat_completions"))).data}
    assert usual <= {model.id for model in (await settle(client.models.list(endpoint="responses"))).data}


@case("models")
async def one_model(client):
    assert (await settle(client.models.retrieve("simulated"))).id == "simulated"
    assert (await settle(client.models.retrieve("sim-alias"))).id == "simulated"
    assert (await settle(client.models.retrieve("sim/anything"))).id == "sim/anything"


@case("models")
async def no_such_model(client):
    error = await failure_of(lambda: client.models.retrieve("no-such-model"), auriko.NotFoundError)
    assert (error.code, error.param) == ("model_not_found", "model"), repr(error)


@case("models")
async def the_directory(client):
    directory = await settle(client.models.list_directory())
    [offering] = directory.models["cached"].providers
    [tier] = offering.tiers
    assert (tier.name, tier.input_price, tier.cache_read_price) == ("standard", 1000, 100), tier
    assert len(directory.models) > 100 and directory.generated_at, len(directory.models)
    gemini = directory.models["gemini-2.5-flash"]
    assert any(entry.provider == "google_ai_studio" and entry.capabilities["tools"] for entry in gemini.providers)


@case("models")
async def the_registry(client):
    registry = await settle(client.models.list_registry())
    assert registry.count == len(registry.models) > 100
    assert any(model.id == "contested" and len(model.providers) == 3 for model in registry.models)


@case("models")
async def the_providers(client):
    providers = await settle(client.models.list_providers())
    assert providers.count == len(providers.providers)
    known = {provider.id: provider for provider in providers.providers}
    assert known["anthropic"].display_name == "Anthropic" and known["rapid"].data_policy == "zdr"


@case("me")
async def the_key(client):
    identity = await settle(client.me.get())
    assert identity.credential_type == "api_key" and identity.workspace.id, identity
    assert identity.rate_limits.inference_rpm >= 0 and isinstance(identity.scopes, list), identity
