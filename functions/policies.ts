/** Policies: table grants, row filters and column masks per role. */
import * as z from "zod";
import {
  PolicyAnswer,
  PolicyPath,
  PolicyQuery,
  PolicyRequest,
} from "../shared/contract/policies.ts";
import { listPolicies, removePolicy, savePolicy } from "../shared/policy/manage-policies.ts";
import { defineHttp } from "./define.ts";
import { toPolicyAnswer } from "./views/policies.ts";

const tag = "Access";

export const listPoliciesFunction = defineHttp({
  name: "list-policies",
  method: "GET",
  route: "policies",
  tag,
  access: { permission: "policies:read" },
  idempotency: "none",
  summary: "The policies of the sources this credential may see",
  input: { query: PolicyQuery },
  output: z.object({ items: z.array(PolicyAnswer), nextCursor: z.null() }),
  handle: async (deps, { query }, ctx) => {
    const policies = await listPolicies(deps, query.source, ctx);
    return { body: { items: policies.map(toPolicyAnswer), nextCursor: null } };
  },
});

export const putPolicy = defineHttp({
  name: "put-policy",
  method: "PUT",
  route: "policies/{id}",
  tag,
  access: { permission: "policies:write" },
  idempotency: "none",
  summary: "Save a policy; a source's first one closes all that is not granted",
  input: { path: PolicyPath, body: PolicyRequest },
  output: PolicyAnswer,
  handle: async (deps, { path, body }, ctx) => {
    const { policy, created } = await savePolicy(deps, { policyId: path.id, request: body }, ctx);
    return { status: created ? 201 : 200, body: toPolicyAnswer(policy) };
  },
});

export const deletePolicy = defineHttp({
  name: "remove-policy",
  method: "DELETE",
  route: "policies/{id}",
  tag,
  access: { permission: "policies:write" },
  idempotency: "none",
  summary: "Remove a policy; without any the source is open to whoever may see it",
  input: { path: PolicyPath },
  output: null,
  handle: async (deps, { path }, ctx) => {
    await removePolicy(deps, path.id, ctx);
    return { body: null };
  },
});
