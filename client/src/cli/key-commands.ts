/** `mcp keys …`: API keys. */
import { type Command, Option } from "commander";
import { generateKey, type KeyEnvironment } from "../../../shared/access/key-format.ts";
import type { KeyCreated, KeyInfo, KeyInput } from "../contract-types.ts";
import type { Io } from "./io.ts";
import { collected, gather, type Run, wholeNumber } from "./run.ts";
import type { Session } from "./session.ts";
import { renderFields, renderTable } from "./table.ts";
import { paint, time, type View } from "./text.ts";

interface CreateOptions {
  readonly owner: string;
  readonly permission?: string[];
  readonly role?: string[];
  readonly source?: string[];
  readonly expiresInDays?: number;
}

export function addKeyCommands(program: Command, run: Run, io: Io): void {
  const keys = program.command("keys").description("make and manage API keys");
  keys
    .command("generate")
    .description("print a new key, for BOOTSTRAP_ADMIN_KEY; no server knows it yet")
    .addOption(
      new Option("--environment <name>", "where it will be valid")
        .choices(["local", "test", "live"])
        .default("local"),
    )
    .action(
      (options: { environment: KeyEnvironment }) =>
        void io.stdout.write(`${generateKey(options.environment)}\n`),
    );
  keys
    .command("create")
    .description("make a key; it is shown this once")
    .requiredOption("--owner <name>", "who or what it is for")
    .option("--permission <name>", "such as query:run; may be given several times", collected)
    .option(
      "--role <name>",
      "admin, operator, analyst or viewer; may be given several times",
      collected,
    )
    .option(
      "--source <id>",
      "a data source it may see (else all); may be given several times",
      collected,
    )
    .option("--expires-in-days <n>", "how long it is valid (else for ever)", wholeNumber(1))
    .action(run(create));
  keys.command("list").description("list the keys, without their secrets").action(run(list));
  keys.command("info").description("show the key you are calling with").action(run(info));
  keys
    .command("rotate")
    .description("make a new secret for a key; it is shown this once")
    .argument("<key-id>", "such as key_…; not the secret")
    .option("--grace-seconds <n>", "how long the old secret stays valid", wholeNumber(0), 0)
    .action(run(rotate));
  keys
    .command("revoke")
    .description("make a key invalid, for good")
    .argument("<key-id>", "such as key_…; not the secret")
    .action(
      run(async (session, id: string) => {
        await session.client.revokeKey(id);
        session.print({ key_id: id, revoked: true }, () => `Revoked ${id}\n`);
        return undefined;
      }),
    );
}

async function create(session: Session, options: CreateOptions): Promise<undefined> {
  // Names are the server's to judge: it may know permissions that this client does not.
  const request = {
    owner: options.owner,
    ...(options.permission !== undefined && { permissions: options.permission }),
    ...(options.role !== undefined && { roles: options.role }),
    ...(options.source !== undefined && { sources: options.source }),
    ...(options.expiresInDays !== undefined && { expires_in_days: options.expiresInDays }),
  } as KeyInput;
  session.print(await session.client.createKey(request), renderSecret);
}

async function rotate(
  session: Session,
  id: string,
  options: { graceSeconds: number },
): Promise<undefined> {
  session.print(await session.client.rotateKey(id, options.graceSeconds), renderSecret);
}

function renderSecret(key: KeyCreated, view: View): string {
  return `${key.key}\n\n${renderInfo(key, view)}${paint(view, "yellow", "Keep the key above now: it is not shown again.")}\n`;
}

async function info(session: Session): Promise<undefined> {
  session.print(await session.client.keyInfo(), renderInfo);
}

function renderInfo(key: KeyInfo, view: View): string {
  return renderFields(
    [
      ["id", key.key_id],
      ["owner", key.owner],
      ["key", key.hint],
      ["permissions", key.permissions.join(", ") || "none of its own"],
      ["roles", key.roles.join(", ") || "none"],
      ["sources", key.sources?.join(", ") ?? "all"],
      ["active", key.is_active ? "yes" : "no"],
      ["created", time(key.created_at)],
      ["expires", time(key.expires_at)],
      ["last used", time(key.last_used)],
      ["uses", key.usage_count],
    ],
    view,
  );
}

async function list(session: Session): Promise<undefined> {
  session.print(await gather(session.client.listKeys()), ({ items }, view) =>
    renderTable(
      [
        { name: "id" },
        { name: "owner" },
        { name: "key" },
        { name: "grants" },
        { name: "active" },
        { name: "expires" },
        { name: "last used" },
        { name: "uses", align: "right" },
      ],
      items.map((key) => [
        key.key_id,
        key.owner,
        key.hint,
        [...key.roles, ...key.permissions].join(", "),
        key.is_active ? "yes" : "no",
        time(key.expires_at),
        time(key.last_used),
        key.usage_count,
      ]),
      view,
    ),
  );
}
