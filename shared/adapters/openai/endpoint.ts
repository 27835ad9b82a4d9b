/** Where chat completions are asked for and with which credential, for OpenAI's own form and for Azure's two. */

export type ModelPlace =
  | {
      readonly provider: "openai";
      /** With its version, as OpenAI's clients take it: `https://api.openai.com/v1`. */
      readonly baseUrl: string;
      readonly model: string;
      /** Absent for a server of one's own that asks for none. */
      readonly apiKey?: string;
    }
  | {
      readonly provider: "azure-openai";
      /** Of the resource: `https://<resource>.openai.azure.com`. */
      readonly baseUrl: string;
      /** The deployment's name. */
      readonly model: string;
      /** Absent for the present API (`/openai/v1`), which has none; else a dated one of the earlier API. */
      readonly apiVersion?: string;
      readonly credential:
        | { readonly apiKey: string }
        /** An Entra ID token for each call. */
        | { readonly token: () => Promise<string> };
    };

export interface Endpoint {
  readonly url: string;
  /** The deployment is in the path of Azure's earlier API, else the model is named in the body. */
  readonly modelInBody: boolean;
}

/**
 * OpenAI: "Create chat completion", API reference. Azure: "v1 API" and "Azure OpenAI REST API reference", Microsoft
 * Learn; the v1 API takes a deployment's name as `model`.
 */
export function endpointOf(place: ModelPlace): Endpoint {
  const base = place.baseUrl.replace(/\/+$/, "");
  if (place.provider === "openai") return { url: `${base}/chat/completions`, modelInBody: true };
  const resource = base.replace(/\/openai(\/v1)?$/, "");
  if (place.apiVersion === undefined)
    return { url: `${resource}/openai/v1/chat/completions`, modelInBody: true };
  const path = `/openai/deployments/${encodeURIComponent(place.model)}/chat/completions`;
  const version = new URLSearchParams({ "api-version": place.apiVersion });
  return { url: `${resource}${path}?${version}`, modelInBody: false };
}

/** @throws what the identity throws where no token is to be had. */
export async function credentialHeaders(
  place: ModelPlace,
): Promise<Readonly<Record<string, string>>> {
  if (place.provider === "openai")
    return place.apiKey === undefined ? {} : { authorization: `Bearer ${place.apiKey}` };
  return "apiKey" in place.credential
    ? { "api-key": place.credential.apiKey }
    : { authorization: `Bearer ${await place.credential.token()}` };
}
