/** A bad environment stops the start with every bad key named and no value shown. */
// covers: OPS-02, OPS-03
import { describe, expect, it } from "vitest";
import { ConfigSchema, loadConfig } from "../../shared/config.ts";

const bad: Readonly<Record<string, string>> = {
  MCP_ENVIRONMENT: "canary-1",
  DATABASE_URL: "mysql://canary-2:canary@h/x",
  DATABASE_MAX_CONNECTIONS: "canary-3",
  DATABASE_AUTH: "canary-13",
  CREDENTIAL_KEY: "canary-4",
  DEMO_SOURCE: "canary-5",
  QUERY_MAX_BYTES: "-17",
  CACHE_TTL_SECONDS: "86401",
  CACHE_MAX_BYTES: "1.5",
  CACHE_FRESHNESS_MS: "canary-6",
  LLM_PROVIDER: "canary-14",
  LLM_BASE_URL: "canary-15",
  LLM_MODEL: "canary 16?",
  LLM_API_VERSION: "canary-17",
  LLM_TIMEOUT_MS: "canary-18",
  LLM_MAX_OUTPUT_TOKENS: "canary-19",
  LLM_DAILY_TOKENS: "canary-20",
  LLM_ASK_BELOW: "canary-21",
  ALERT_SLACK_WEBHOOK_URL: "canary-7",
  ALERT_TEAMS_WEBHOOK_URL: "ftp://canary-8",
  ALERT_PAGERDUTY_ROUTING_KEY: "canary",
  ALERT_PAGERDUTY_URL: "canary-9",
  ALERT_WEBHOOK_URL: "javascript:canary-10",
  ALERT_WEBHOOK_SECRET: "canary-11",
  SMTP_URL: "http://canary-12",
  ALERT_EMAIL_FROM: "x",
};
const failure = (environment: Record<string, string>): string => {
  try {
    loadConfig(environment);
  } catch (error) {
    return String(error);
  }
  return "";
};

describe("configuration", () => {
  it("of nothing at all is the embedded default", () => {
    expect(loadConfig({})).not.toHaveProperty("DATABASE_URL");
    expect(loadConfig({})).toMatchObject({
      MCP_ENVIRONMENT: "local",
      DEMO_SOURCE: false,
      CACHE_TTL_SECONDS: 300,
      OUTBOUND_ALLOW: [],
    });
  });

  it("takes an empty value as none, and passes over keys that are not ours", () => {
    expect(loadConfig({ CACHE_TTL_SECONDS: "", PATH: "/bin" }).CACHE_TTL_SECONDS).toBe(300);
  });

  it("with everything wrong names every bad key at once and shows no value", () => {
    const message = failure(bad);
    for (const key of Object.keys(bad).filter((key) => key !== "ALERT_PAGERDUTY_ROUTING_KEY"))
      expect(message).toContain(`${key}:`);
    expect(message).not.toMatch(/canary|-17|86401|1\.5|mysql|ftp:|javascript/);
  });

  it.each(Object.entries(bad).filter(([key]) => key !== "ALERT_PAGERDUTY_ROUTING_KEY"))(
    "with a bad %s names it and what it is for, and not its value",
    (key, value) => {
      const message = failure({ [key]: value });
      expect(message).toContain(`${key}: `);
      if (value.length > 2) expect(message).not.toContain(value);
      for (const line of message.split("\n").slice(1))
        expect(line).toMatch(new RegExp(`^ {2}${key}: .{10}`));
    },
  );

  it.each([
    ["SMTP_URL", { SMTP_URL: "smtp://u:canary@h" }],
    ["SMTP_URL", { SMTP_URL: "smtp://h", ALERT_EMAIL_FROM: "a@b.c", ALERT_EMAIL_TO: " , " }],
    ["ALERT_WEBHOOK_URL", { ALERT_WEBHOOK_URL: "https://canary/x" }],
    ["DATABASE_AUTH", { DATABASE_AUTH: "entra" }],
    ["DATABASE_AUTH", { DATABASE_AUTH: "entra", DATABASE_URL: "postgres://h/d" }],
    ["DATABASE_AUTH", { DATABASE_AUTH: "entra", DATABASE_URL: "postgres://u:canary@h/d" }],
    ["DATABASE_AUTH", { DATABASE_AUTH: "entra", DATABASE_URL: "postgres://u@h/d?sslmode=disable" }],
    ["LLM_PROVIDER", { LLM_PROVIDER: "openai" }],
    ["LLM_PROVIDER", { LLM_PROVIDER: "azure-openai", LLM_BASE_URL: "https://r.example.com" }],
    [
      "LLM_PROVIDER",
      { LLM_PROVIDER: "azure-openai", LLM_BASE_URL: "http://canary", LLM_MODEL: "m" },
    ],
    [
      "LLM_PROVIDER",
      {
        LLM_PROVIDER: "openai",
        LLM_BASE_URL: "http://canary",
        LLM_MODEL: "m",
        LLM_API_KEY: "canary",
      },
    ],
    ["DATABASE_URL", { MCP_ENVIRONMENT: "live", CREDENTIAL_KEY: `${"A".repeat(43)}=` }],
    ["DEMO_SOURCE", { MCP_ENVIRONMENT: "live", DEMO_SOURCE: "true" }],
    ["CREDENTIAL_KEY", { MCP_ENVIRONMENT: "live", DATABASE_URL: "postgres://h/d" }],
  ])("names %s where another setting is missing", (key, environment) => {
    expect(failure(environment as unknown as Record<string, string>)).toContain(`${key}:`);
    expect(failure(environment as unknown as Record<string, string>)).not.toContain("canary");
  });

  it("reads lists by comma", () => {
    expect(loadConfig({ OUTBOUND_ALLOW: " 10.0.0.0/8, host ,," }).OUTBOUND_ALLOW).toEqual([
      "10.0.0.0/8",
      "host",
    ]);
  });

  it("describes every key", () => {
    for (const [key, schema] of Object.entries(ConfigSchema.shape))
      expect(schema.meta()?.description, key).toMatch(/.{10}/);
  });
});
