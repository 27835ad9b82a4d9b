/** Health and alerts. */
import type {
  AlertTestAnswer,
  ChannelName,
  DeadLetterList,
  HealthAnswer,
  IncidentItem,
} from "./contract-types.ts";
import { listing } from "./listing.ts";
import type { CallOptions, Transport } from "./transport.ts";

export const operationCalls = (transport: Transport) => ({
  /** Every component with its evidence. An unhealthy platform (503) answers here too; it does not throw. */
  health: (options?: CallOptions) =>
    transport.send<HealthAnswer>({ method: "GET", path: "/health", alsoAnswers: [503] }, options),

  /** Resolves once the platform can serve. @throws McpError starting. */
  ready: (options?: CallOptions) =>
    transport.send<{ status: "ready" }>({ method: "GET", path: "/health/ready" }, options),

  /** Incidents with their deliveries, newest first. */
  listIncidents: (
    query: { state?: "open" | "resolved"; limit?: number } = {},
    options?: CallOptions,
  ) => listing<IncidentItem>(transport, "/alerts/incidents", query, options),

  /** Opens and resolves a test incident over the named channels, or over all. */
  testAlert: (channels?: readonly ChannelName[], options?: CallOptions) =>
    transport.send<AlertTestAnswer>(
      {
        method: "POST",
        path: "/alerts/test",
        body: channels === undefined ? {} : { channels },
        repeat: "keyed",
      },
      options,
    ),

  /** Messages that no handler could take. */
  deadLetters: (options?: CallOptions) =>
    transport.send<DeadLetterList>({ method: "GET", path: "/alerts/dead-letters" }, options),
});
