/** Every permission there is, and the built-in roles as sets of them. */
import * as z from "zod";

export const permissions = {
  admin: "Everything, including what is added later.",
  "models:read": "List and read models, versions, labels and history.",
  "models:write": "Register, label, roll back and retire models.",
  "query:run": "Ask questions and run SQL over the sources this credential may see.",
  "query:teach": "Add and remove verified examples.",
  "cache:read": "Read cache statistics.",
  "cache:write": "Invalidate cached results.",
  "sources:read": "List sources and read their schema.",
  "sources:write": "Register, check and delete sources.",
  "policies:read": "Read the policies of the sources this credential may see.",
  "policies:write": "Write policies: whoever may do that can show every row and column to anybody.",
  "metrics:read": "Read metrics, which name sources and models.",
  "health:read": "Read component health with its evidence.",
  "alerts:read": "Read incidents, deliveries and dead letters.",
  "alerts:write": "Send test alerts.",
  "keys:read": "List API keys, without secrets.",
  "keys:write": "Create, rotate and revoke API keys.",
} as const;

export type Permission = keyof typeof permissions;
export const permissionNames = Object.keys(permissions) as [Permission, ...Permission[]];
export const Permission = z.enum(permissionNames);

export const roles = {
  admin: ["admin"],
  operator: [
    "models:read",
    "models:write",
    "query:run",
    "query:teach",
    "cache:read",
    "cache:write",
    "sources:read",
    "metrics:read",
    "health:read",
    "alerts:read",
    "alerts:write",
  ],
  analyst: ["models:read", "query:run", "query:teach", "cache:read", "sources:read"],
  viewer: [
    "models:read",
    "cache:read",
    "sources:read",
    "metrics:read",
    "health:read",
    "alerts:read",
  ],
} as const satisfies Record<string, readonly Permission[]>;

export type Role = keyof typeof roles;
export const Role = z.enum(Object.keys(roles) as [Role, ...Role[]]);
