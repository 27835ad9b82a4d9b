/** What is wrong and what was wrong, newest first, with what became of each notice. */
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import type { IncidentState, IncidentStore, IncidentWithDeliveries } from "./ports.ts";

export interface IncidentQuery {
  readonly state?: IncidentState | undefined;
  readonly limit: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface IncidentPage {
  readonly items: readonly IncidentWithDeliveries[];
  readonly nextCursor: string | null;
}

/** @throws AppError `request_invalid` for a cursor that is none of ours. */
export async function listIncidents(
  deps: { readonly incidents: Pick<IncidentStore, "list"> },
  query: IncidentQuery,
  _ctx: CallContext,
): Promise<IncidentPage> {
  const { state, limit, cursor } = query;
  if (cursor !== undefined && !/^inc_[0-9a-z]{1,60}$/.test(cursor)) {
    const fields = [{ pointer: "/cursor", message: "is not a cursor of this list" }];
    throw new AppError("request_invalid", "The cursor is not valid.", { fields });
  }
  const found = await deps.incidents.list({ state, limit: limit + 1, before: cursor });
  const items = found.slice(0, limit);
  return {
    items,
    nextCursor: found.length > limit ? (items.at(-1)?.incident.incidentId ?? null) : null,
  };
}
