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
      endpoints.push({
        modelId,
        version,
        url: healthUrl(config.api_base, config.additional_params.health_path),
      });
    }
    after = rows.at(-1)?.modelId ?? null;
    if (rows.length < PAGE) return endpoints;
  }
}

/** The path goes below the base's own; the base's query stays. A base that is no URL is given back as it is. */
export function healthUrl(base: string, path: unknown): string {
  if (typeof path !== "string" || !URL.canParse(base)) return base;
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`;
  return url.href;
}
