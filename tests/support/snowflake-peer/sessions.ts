/** The peer's sessions: tokens, their expiry, session variables. */
import { randomUUID } from "node:crypto";

export interface PeerSession {
  readonly id: number;
  token: string;
  readonly masterToken: string;
  tokenExpired: boolean;
  masterExpired: boolean;
  readonly variables: Map<string, string>;
  readonly role: string;
  secondaryRoles: boolean;
}

/** What a request's token leads to; the codes are Snowflake's. */
export type TokenCheck =
  | { readonly ok: true; readonly session: PeerSession }
  | { readonly ok: false; readonly code: string; readonly message: string };

const EXPIRED = {
  ok: false,
  code: "390112",
  message: "Your session has expired. Please login again.",
} as const;
const GONE = {
  ok: false,
  code: "390111",
  message: "Session no longer exists. New login required to access the service.",
} as const;
const MASTER_EXPIRED = {
  ok: false,
  code: "390114",
  message: "Authentication token has expired. The user must authenticate again.",
} as const;

export function createPeerSessions() {
  const sessions = new Map<number, PeerSession>();
  let nextId = 1_000;
  const find = (header: string | undefined, kind: "token" | "masterToken") => {
    const token = /^Snowflake Token="([^"]+)"$/.exec(header ?? "")?.[1];
    return [...sessions.values()].find((session) => session[kind] === token);
  };
  return {
    open(role: string): PeerSession {
      const session: PeerSession = {
        id: nextId++,
        token: `session-${randomUUID()}`,
        masterToken: `master-${randomUUID()}`,
        tokenExpired: false,
        masterExpired: false,
        variables: new Map(),
        role,
        secondaryRoles: true,
      };
      sessions.set(session.id, session);
      return session;
    },
    bySessionToken(header: string | undefined): TokenCheck {
      const session = find(header, "token");
      if (!session) return GONE;
      return session.tokenExpired ? EXPIRED : { ok: true, session };
    },
    byMasterToken(header: string | undefined): TokenCheck {
      const session = find(header, "masterToken");
      if (!session) return GONE;
      return session.masterExpired ? MASTER_EXPIRED : { ok: true, session };
    },
    renew(session: PeerSession): void {
      session.token = `session-${randomUUID()}`;
      session.tokenExpired = false;
    },
    remove: (session: PeerSession) => sessions.delete(session.id),
    /** As after four hours of silence (`all` false: the session token alone, which can be renewed). */
    expire(all: boolean): void {
      for (const session of sessions.values()) {
        session.tokenExpired = true;
        if (all) session.masterExpired = true;
      }
    },
    /** As when an administrator ended them. */
    forget: () => sessions.clear(),
    count: () => sessions.size,
  };
}
