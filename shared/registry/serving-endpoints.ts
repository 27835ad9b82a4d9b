/** Where the served versions of the registered models answer. */
import type { ModelStore } from "./ports.ts";

export interface ServingEndpoint {
  readonly modelId: string;
  readonly version: number;
  readonly url: string;
}

const PAGE = 200;

/** `additional_params.health_path` is appended to `api_base`. Models without an address are left out. */
export async function servingEndpoints(deps: {
  readonly models: Pick<ModelStore, "serving">;
}): Promise<ServingEndpoint[]> {
  const endpoints: ServingEndpoint[] = [];
  let after: string | null = null;
  for (;;) {
    const rows = await deps.models.serving(PAGE, after);
    for (const { modelId, version, config } of rows) {
      if (config.api_base === undefined) continue;
      const path = config.additional_params.health_path;
      endpoints.push({
        modelId,
        version,
        url: typeof path === "string" ? joinUrl(config.api_base, path) : config.api_base,
      });
    }
    after = rows.at(-1)?.modelId ?? null;
    if (rows.length < PAGE) return endpoints;
  }
}

function joinUrl(base: string, path: string): string {
  return `${base.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`;
}
