/** The Bicep of infra/, read as data: complete calls, nothing unused, the same settings, queues and secrets as the app. */
// covers: DEPLOY-04, OPS-08
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { makeMissingSecrets, REQUIRED } from "../../infra/hooks/secrets.ts";
import { isWellFormedKey } from "../../shared/access/key-format.ts";
import { ConfigSchema, loadConfig } from "../../shared/config.ts";
import { poisonQueue } from "../../shared/http/serve-queue.ts";
import {
  bodyOf,
  keysOf,
  type Node,
  namesIn,
  nodesIn,
  propertyOf,
  readBicep,
  type Statement,
} from "../support/bicep-reader.ts";
import { allDefinitions } from "../support/definitions.ts";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.ts";
import { ROOT } from "../support/source-tree.ts";

const infra = join(ROOT, "infra");
const readText = (path: string) => readFileSync(join(ROOT, path), "utf8");
const paths = [
  "main.bicep",
  ...readdirSync(join(infra, "modules")).map((name) => `modules/${name}`),
];
// Reading refuses what is not balanced.
const files = new Map(paths.map((path) => [path, readBicep(readText(`infra/${path}`))]));
const main = files.get("main.bicep") ?? [];
const of = (path: string, keyword: Statement["keyword"]) =>
  (files.get(path) ?? []).filter((one) => one.keyword === keyword);
const described = (one: Statement) => one.decorators.some(({ name }) => name === "description");

/** Where a file calls another: the path from infra/ and the statement. */
const calls = [...files].flatMap(([path, statements]) =>
  statements
    .filter(({ keyword }) => keyword === "module")
    .map((call) => ({
      from: path,
      call,
      to: path === "main.bicep" ? call.target : `modules/${call.target}`,
    })),
);

describe("the Bicep files", () => {
  it("keep main.bicep within 150 lines", () => {
    expect(readText("infra/main.bicep").trimEnd().split("\n").length).toBeLessThanOrEqual(150);
  });

  it("open by saying what they are for, and describe every parameter, output and exported type", () => {
    for (const [path, statements] of files) {
      expect(readText(`infra/${path}`), path).toMatch(/^\/\/ .{20}/);
      const silent = statements.filter(
        (one) => ["param", "output", "type"].includes(one.keyword) && !described(one),
      );
      expect(silent.map(({ name }) => `${path}: ${name}`)).toEqual([]);
    }
  });

  it("use every parameter, variable and import of theirs, and every existing resource", () => {
    for (const [path, statements] of files) {
      const used = new Set(
        statements.flatMap((one) => [
          ...namesIn(one.value),
          ...one.decorators.flatMap(({ args }) => args.flatMap((arg) => namesIn(arg))),
          ...one.type.split(/[^A-Za-z0-9_]+/),
        ]),
      );
      const made = statements.flatMap((one) =>
        one.keyword === "import"
          ? one.imports
          : ["param", "var"].includes(one.keyword) || one.existing
            ? [one.name]
            : [],
      );
      expect(made.filter((name) => !used.has(name)).map((name) => `${path}: ${name}`)).toEqual([]);
    }
  });

  it("name nothing that is not there", () => {
    /** Functions and namespaces of Bicep are called, so what is left are names of the file itself. */
    for (const [path, statements] of files) {
      const known = new Set([
        ...statements.map(({ name }) => name),
        ...statements.flatMap(({ imports }) => imports),
      ]);
      const strange = statements
        .flatMap((one) => namesIn(one.value))
        .filter((name) => !known.has(name));
      expect(strange.map((name) => `${path}: ${name}`)).toEqual([]);
    }
  });

  it("give every module exactly the parameters that it has, all that it needs among them", () => {
    for (const { from, call, to } of calls) {
      const where = `${from}: module ${call.name}`;
      const parameters = of(to, "param");
      expect(files.has(to), `${where} is there`).toBe(true);
      const given = keysOf(propertyOf(bodyOf(call.value), "params"));
      const known = parameters.map(({ name }) => name);
      expect(
        given.filter((name) => !known.includes(name)),
        `${where} knows`,
      ).toEqual([]);
      const needed = parameters.filter(({ value }) => value === null).map(({ name }) => name);
      expect(
        needed.filter((name) => !given.includes(name)),
        `${where} needs`,
      ).toEqual([]);
    }
  });

  it("call every module, import what is exported, and use every output of a module", () => {
    const called = new Set(calls.map(({ to }) => to));
    expect(paths.filter((path) => path !== "main.bicep" && !called.has(path))).toEqual([]);
    for (const { from, call, to } of calls) {
      const text = readText(`infra/${from}`);
      const exported = of(to, "output").map(({ name }) => name);
      const pattern = new RegExp(`\\b${call.name}(?:\\[\\w+\\])?!?\\.outputs\\.(\\w+)`, "g");
      const used = new Set([...text.matchAll(pattern)].map((match) => match[1]));
      expect([...used].sort(), `${from}: ${call.name}`).toEqual([...exported].sort());
    }
    for (const statements of files.values())
      for (const one of statements.filter(({ keyword }) => keyword === "import")) {
        const source = [...files].find(([path]) =>
          path.endsWith(one.target.replace("modules/", "")),
        );
        const types = source?.[1]
          .filter(({ decorators }) => decorators.some(({ name }) => name === "export"))
          .map(({ name }) => name);
        expect(types).toEqual(expect.arrayContaining([...one.imports]));
      }
  });

  it("give azd typed outputs in upper case", () => {
    for (const { name, type } of of("main.bicep", "output")) {
      expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/);
      expect(type).toBe("string");
    }
  });

  it("hand out no secret: no keys are listed, no output is secure, local sign-in is off everywhere", () => {
    for (const path of paths) {
      const text = readText(`infra/${path}`);
      expect(text, path).not.toMatch(/\blist[A-Z]\w*\(|@secure|administratorLoginPassword/);
    }
    const all = paths.map((path) => readText(`infra/${path}`)).join("\n");
    for (const switchedOff of [
      "allowSharedKeyAccess: false",
      "passwordAuth: 'Disabled'",
      "accessKeysAuthentication: 'Disabled'",
      "disableLocalAuth: true",
      "DisableLocalAuth: true",
      "enableRbacAuthorization: true",
    ])
      expect(all).toContain(switchedOff);
  });
});

describe("parameters", () => {
  it.each(["main", "production"])("of %s.parameters.json are those of main.bicep", (name) => {
    const { parameters } = JSON.parse(readText(`infra/${name}.parameters.json`)) as {
      parameters: Record<string, { value: unknown }>;
    };
    const known = of("main.bicep", "param");
    const given = Object.keys(parameters);
    expect(given.filter((key) => !known.some((one) => one.name === key))).toEqual([]);
    const needed = known.filter(({ value }) => value === null).map((one) => one.name);
    expect(needed.filter((key) => !given.includes(key))).toEqual([]);
    for (const [key, { value }] of Object.entries(parameters)) {
      const type = known.find((one) => one.name === key)?.type ?? "";
      if (typeof value === "object" && value !== null)
        expect(Object.keys(value).sort(), key).toEqual(propertiesOfType(type));
    }
  });
});

/** The properties of an exported object type, as the text of its tokens has them. */
function propertiesOfType(name: string): readonly string[] {
  const type = [...files.values()]
    .flat()
    .find((one) => one.keyword === "type" && one.name === name);
  const withoutDecorators = type?.type.replace(/@ \w+ \( (?:'(?:[^'\\]|\\.)*'|\d+) \)/g, "") ?? "";
  return [...withoutDecorators.matchAll(/(\w+) :/g)].map((match) => match[1] ?? "").sort();
}

describe("app settings", () => {
  /** What the embedded defaults of a laptop are for, and the connection string in whose place the identity stands. */
  const laptopOnly = ["MCP_DATA_DIR", "DEMO_SOURCE", "AzureWebJobsStorage"];
  /** Read by the host, not by the application. */
  const hostOnly = [
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__tableServiceUri",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
  ];
  const typeText = (name: string) =>
    of("modules/app.bicep", "type").find((one) => one.name === name)?.type ?? "";
  const settings = of("modules/app.bicep", "var").find(({ name }) => name === "appSettings");
  const fixed = nodesIn(settings?.value ?? null).flatMap((node) => keysOf(node));
  const vaulted = [...typeText("vaultSetting").matchAll(/'(\w+)'/g)].map((match) => match[1] ?? "");
  const chosen = propertiesOfType("plainSettings");

  it("are the settings of the schema, and what the host needs", () => {
    const given = [...fixed, ...vaulted, ...chosen].filter((key) => !hostOnly.includes(key));
    const known = Object.keys(ConfigSchema.shape).filter((key) => !laptopOnly.includes(key));
    expect(given.sort()).toEqual(known.sort());
    expect(hostOnly.filter((key) => !fixed.includes(key))).toEqual([]);
  });

  it("do not set what Flex Consumption refuses", () => {
    const refused = [
      "FUNCTIONS_WORKER_RUNTIME",
      "WEBSITE_NODE_DEFAULT_VERSION",
      "WEBSITE_RUN_FROM_PACKAGE",
    ];
    expect(fixed.filter((key) => refused.includes(key))).toEqual([]);
  });

  it("refer to the secrets that the hook makes, and make a valid configuration with them", () => {
    const referred = [
      ...readText("infra/modules/app.bicep").matchAll(/secretReference\}([a-z-]+)\)'/g),
    ];
    expect(referred.map((match) => match[1]).sort()).toEqual(Object.keys(REQUIRED).sort());
    const config = loadConfig({
      MCP_ENVIRONMENT: "live",
      AZURE_CLIENT_ID: "00000000-0000-4000-8000-000000000001",
      DATABASE_URL:
        "postgres://id-mcp-dev@psql-mcp-dev.postgres.database.azure.com:6432/mcp?sslmode=verify-full",
      DATABASE_AUTH: "entra",
      DATABASE_MAX_CONNECTIONS: "10",
      CREDENTIAL_KEY: REQUIRED["credential-key"]?.(),
      BOOTSTRAP_ADMIN_KEY: REQUIRED["bootstrap-admin-key"]?.(),
    });
    expect(isWellFormedKey(config.BOOTSTRAP_ADMIN_KEY ?? "", "live")).toBe(true);
  });
});

describe("queues", () => {
  it("are those of functions/, each with its poison queue", () => {
    const [queues] = of("modules/storage.bicep", "var");
    const made = nodesIn(queues?.value ?? null)
      .filter((node) => node.kind === "literal")
      .map(({ value }) => String(value));
    const listened = allDefinitions.flatMap((one) => (one.kind === "queue" ? [one.queue] : []));
    expect([...made, ...made.map(poisonQueue)].sort()).toEqual([...new Set(listened)].sort());
  });
});

describe("roles", () => {
  const rows = of("modules/roles.bicep", "var")
    .filter(({ name }) => name.startsWith("for"))
    .flatMap(({ value }) => nodesIn(value))
    .filter((node) => propertyOf(node, "roleId") !== null);
  const literal = (node: Node | null) => (node?.kind === "literal" ? String(node.value) : "");

  it("are each a built-in role with its name and a reason, and none is given twice", () => {
    expect(rows.length).toBeGreaterThanOrEqual(5);
    for (const row of rows) {
      expect(literal(propertyOf(row, "roleId"))).toMatch(
        /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      );
      expect(literal(propertyOf(row, "reason"))).toMatch(/^[A-Z][A-Za-z ]+: .{20}/);
    }
    const ids = rows.map((row) => literal(propertyOf(row, "roleId")));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("are assigned in one place, and none owns or administers", () => {
    const assigning = paths.filter((path) =>
      readText(`infra/${path}`).includes("Microsoft.Authorization/roleAssignments@"),
    );
    expect(assigning).toEqual(["modules/roles.bicep"]);
    // Owner, Contributor, User Access Administrator.
    expect(readText("infra/modules/roles.bicep")).not.toMatch(
      /8e3af657-a8ff-443c-a75c-2fe8c4bcb635|b24988ac-6180-42a0-ab88-20f7382dd24c|18d7d88d-d35e-4fb5-a5c3-7773c20a72d9/,
    );
  });
});

describe("azure.yaml", () => {
  const azd = parseYaml(readText("azure.yaml")) as {
    infra: { path: string; module: string };
    services: Record<string, { project: string; dist: string; host: string; remoteBuild: boolean }>;
  };

  it("deploys what npm run package makes to the app that has its tag", () => {
    const [name = ""] = Object.keys(azd.services);
    expect(azd.services[name]).toMatchObject({
      host: "function",
      dist: "package/app",
      remoteBuild: false,
    });
    // azd puts what .funcignore says out of the zip, and refuses to deploy as is where that is node_modules.
    const ignored = readText(".funcignore").split("\n");
    expect(ignored.filter((line) => /node_modules|\.map|^dist|THIRD|sbom/.test(line))).toEqual([]);
    const tags = nodesIn(main.find((one) => one.name === "apps")?.value ?? null);
    expect(tags.some((node) => literalOf(propertyOf(node, "azd-service-name")) === name)).toBe(
      true,
    );
  });

  it("runs scripts that package.json has", () => {
    const { scripts } = JSON.parse(readText("package.json")) as { scripts: Record<string, string> };
    const text = readText("azure.yaml");
    const run = [...text.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1] ?? "");
    expect(new Set(run)).toEqual(new Set(["package", "provisioned"]));
    for (const name of run) expect(scripts[name], name).toBeDefined();
  });
});

const literalOf = (node: Node | null) => (node?.kind === "literal" ? node.value : null);

describe("the hook after provisioning", () => {
  let azure: HttpReceiver;
  const vaultId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v";
  beforeAll(async () => {
    azure = await startHttpReceiver();
  });
  afterAll(() => azure.close());
  const run = () =>
    makeMissingSecrets({ managementUrl: `${azure.url}/`, vaultId, accessToken: "a-token" });
  const reply = (...statuses: number[]) => azure.reply(...statuses.map((status) => ({ status })));

  it("makes each secret that is missing, with a value of its kind", async () => {
    reply(404, 201, 404, 201);
    expect(await run()).toEqual(["credential-key", "bootstrap-admin-key"]);
    const [look, make, , key] = azure.received.splice(0);
    expect(look).toMatchObject({ method: "GET" });
    expect(look?.headers.authorization).toBe("Bearer a-token");
    expect(make?.path).toBe(`${vaultId}/secrets/credential-key?api-version=2024-11-01`);
    const value = (body = "{}") =>
      (JSON.parse(body) as { properties: { value: string } }).properties.value;
    expect(Buffer.from(value(make?.body), "base64")).toHaveLength(32);
    expect(isWellFormedKey(value(key?.body), "live")).toBe(true);
  });

  it("never replaces one that is there", async () => {
    reply(200);
    expect(await run()).toEqual([]);
    expect(azure.received.splice(0).map(({ method }) => method)).toEqual(["GET", "GET"]);
  });

  it("stops with what Azure said when it may not look", async () => {
    reply(403);
    await expect(run()).rejects.toThrow("Azure answered 403");
    expect(azure.received.splice(0)).toHaveLength(1);
  });
});
