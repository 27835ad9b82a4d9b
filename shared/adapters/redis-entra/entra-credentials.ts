/** Signs in to Azure Managed Redis with Entra ID: the managed identity of the app, renewed before its token ends. */
import type { EntraIdCredentialsProviderFactory } from "@redis/entraid";

type Provider = ReturnType<
  typeof EntraIdCredentialsProviderFactory.createForSystemAssignedManagedIdentity
>;
type Listener = Parameters<Provider["subscribe"]>[0];
type Disposable = Awaited<ReturnType<Provider["subscribe"]>>[1];

export interface EntraCredentials {
  readonly provider: Pick<Provider, "type" | "subscribe" | "onReAuthenticationError">;
  /** Asks for no more tokens. */
  end(): void;
}

export interface EntraOptions {
  /** Of a user-assigned identity; undefined for the app's own. */
  readonly clientId: string | undefined;
  /** Several connections sign in at once: those of a cluster's nodes. */
  readonly cluster: boolean;
  /** Told when an open connection could not be given the next token. */
  readonly onTrouble: (error: Error) => void;
}

/** The share of a token's life after which the next one is fetched. */
const RENEW_AT = 0.8;
/** A failed renewal is tried again until the connection ends: one a minute, for the fifth of its life that a token has left. */
const RETRY = {
  maxAttempts: Number.POSITIVE_INFINITY,
  initialDelayMs: 1_000,
  maxDelayMs: 60_000,
  backoffMultiplier: 2,
  jitterPercentage: 20,
  isRetryable: () => true,
};
/** The library wants a name of the client and sends none for the identity that is the app's own. */
const SYSTEM_ASSIGNED = "system-assigned";

export async function entraCredentials(options: EntraOptions): Promise<EntraCredentials> {
  const sdk = await import("@redis/entraid");
  // CommonJS: bundled, all of it is the default export.
  const { EntraIdCredentialsProviderFactory: factory } =
    (sdk as unknown as { default?: typeof sdk }).default ?? sdk;
  const { clientId } = options;
  const common = {
    tokenManagerConfig: { expirationRefreshRatio: RENEW_AT, retry: RETRY },
    // Left out, the library prints them.
    onReAuthenticationError: options.onTrouble,
  };
  const provider =
    clientId === undefined
      ? factory.createForSystemAssignedManagedIdentity({ ...common, clientId: SYSTEM_ASSIGNED })
      : factory.createForUserAssignedManagedIdentity({
          ...common,
          clientId,
          userAssignedClientId: clientId,
        });
  surviveEnd(provider);
  return withEnd(provider, options);
}

/** A renewal that is under way when the last connection goes would reject with nobody to hear it, which ends the process. */
function surviveEnd(provider: Provider): void {
  const manager = provider.getTokenManager() as unknown as { refresh(): Promise<void> };
  const refresh = manager.refresh.bind(manager);
  manager.refresh = () => refresh().catch(() => undefined);
}

/**
 * node-redis subscribes anew with every connection and forgets its last subscription (6.3): each would sign in again
 * at every renewal, and keep the process alive after the client is gone.
 */
function withEnd(provider: Provider, { cluster, onTrouble }: EntraOptions): EntraCredentials {
  const subscriptions = new Set<Disposable>();
  const end = (except?: Disposable) => {
    for (const one of subscriptions) {
      if (one === except) continue;
      one.dispose();
      subscriptions.delete(one);
    }
  };
  return {
    provider: {
      type: "streaming-credentials-provider",
      onReAuthenticationError: onTrouble,
      subscribe: async (listener: Listener) => {
        const [credentials, subscription] = await provider.subscribe(listener);
        subscriptions.add(subscription);
        // After the new one was made: with the last subscription the token would go.
        if (!cluster) end(subscription);
        return [credentials, subscription];
      },
    },
    end: () => end(),
  };
}
