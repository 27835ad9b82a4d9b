/** The question engine as configured: the embedded one, with a language model behind it where there is one. */
import { loadDateReader } from "./adapters/chrono/date-reader.ts";
import { createTokenSource } from "./adapters/entra/access-token.ts";
import type { ModelPlace } from "./adapters/openai/endpoint.ts";
import { createLanguageModel } from "./adapters/openai/language-model.ts";
import { createAskEngine } from "./ask/engine.ts";
import { createLlmAsk } from "./ask/llm-ask.ts";
import type { TokenBudget } from "./ask/llm-ports.ts";
import { memoiseAsk } from "./ask/memoise.ts";
import { createNetworkAsk } from "./ask/network/network-ask.ts";
import type { AskEngine } from "./ask/ports.ts";
import { loadQuestionNetwork } from "./compose-network.ts";
import type { Config } from "./config.ts";
import type { Clock } from "./kernel/clock.ts";
import type { OutboundHttp } from "./outbound/ports.ts";

export interface AskOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly outbound: OutboundHttp;
  readonly tokenBudget: TokenBudget;
}

/** Microsoft Learn, "Azure OpenAI with Microsoft Entra ID authentication". */
const AZURE_SCOPE = "https://cognitiveservices.azure.com/.default";

export function composeAsk({ config, clock, outbound, tokenBudget }: AskOptions): AskEngine {
  const embedded = memoiseAsk(
    createNetworkAsk(createAskEngine(loadDateReader), loadQuestionNetwork, loadDateReader),
  );
  const place = modelPlace(config);
  if (place === null) return embedded;
  return createLlmAsk(embedded, {
    model: createLanguageModel(place, outbound),
    budget: tokenBudget,
    clock,
    loadDates: loadDateReader,
    settings: {
      askBelow: config.LLM_ASK_BELOW,
      timeoutMs: config.LLM_TIMEOUT_MS,
      maxOutputTokens: config.LLM_MAX_OUTPUT_TOKENS,
      dailyTokens: config.LLM_DAILY_TOKENS,
    },
  });
}

/** Null where no model is configured. */
function modelPlace(config: Config): ModelPlace | null {
  const { LLM_PROVIDER: provider, LLM_BASE_URL: baseUrl, LLM_MODEL: model } = config;
  const { LLM_API_KEY: apiKey, LLM_API_VERSION: apiVersion } = config;
  if (provider === "off" || baseUrl === undefined || model === undefined) return null;
  if (provider === "openai")
    return { provider, baseUrl, model, ...(apiKey !== undefined && { apiKey }) };
  return {
    provider,
    baseUrl,
    model,
    ...(apiVersion !== undefined && { apiVersion }),
    credential:
      apiKey === undefined
        ? { token: createTokenSource(config.AZURE_CLIENT_ID, AZURE_SCOPE) }
        : { apiKey },
  };
}
