/** What is counted, for a Prometheus server to fetch. */
import { readCacheMetrics } from "../shared/cache/cache-metrics.ts";
import { PROMETHEUS_TYPE, prometheusText } from "../shared/kernel/prometheus-text.ts";
import { defineHttp } from "./define.ts";

export const metrics = defineHttp({
  name: "metrics",
  method: "GET",
  route: "metrics",
  tag: "Operations",
  access: { permission: "metrics:read" },
  idempotency: "none",
  summary: "Counters of all instances in Prometheus text: the result cache by source and model",
  input: {},
  output: null,
  handle: async (deps, _input, ctx) => ({
    headers: { "content-type": PROMETHEUS_TYPE },
    body: prometheusText(await readCacheMetrics(deps, ctx)),
  }),
});
