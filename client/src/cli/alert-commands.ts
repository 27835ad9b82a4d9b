/** `mcp alerts …`: incidents, test alerts and dead letters. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ChannelName, IncidentItem } from "../contract-types.ts";
import { gather, type Run, wholeNumber } from "./run.ts";
import type { Session } from "./session.ts";
import { renderTable } from "./table.ts";
import { oneLine, time } from "./text.ts";

const channelNames: readonly ChannelName[] = [
  "email",
  "slack",
  "pagerduty",
  "teams",
  "webhook",
  "console",
];

interface IncidentOptions {
  readonly state?: "open" | "resolved";
  readonly limit: number;
}

export function addAlertCommands(program: Command, run: Run): void {
  const alerts = program.command("alerts").description("incidents and their notifications");
  alerts
    .command("incidents")
    .description("list incidents, newest first")
    .addOption(new Option("--state <state>", "only these").choices(["open", "resolved"]))
    .option("--limit <n>", "how many", wholeNumber(1), 20)
    .action(run(incidents));
  alerts
    .command("test")
    .description("send a test alert")
    .option(
      "--channel <name>",
      `only over this channel: ${channelNames.join(", ")}; may be given several times`,
      channels,
    )
    .action(run(test));
  alerts
    .command("dead-letters")
    .description("list messages that no handler could take")
    .action(run(deadLetters));
}

function channels(
  text: string,
  before: readonly ChannelName[] | undefined,
): readonly ChannelName[] {
  const name = channelNames.find((known) => known === text);
  if (name === undefined)
    throw new InvalidArgumentError(`The channels are ${channelNames.join(", ")}.`);
  return [...(before ?? []), name];
}

async function incidents(session: Session, options: IncidentOptions): Promise<undefined> {
  const query = {
    limit: Math.min(options.limit, 200),
    ...(options.state !== undefined && { state: options.state }),
  };
  session.print(
    await gather(session.client.listIncidents(query), options.limit),
    ({ items }, view) => {
      if (items.length === 0) return "No incidents.\n";
      return renderTable(
        [
          { name: "opened" },
          { name: "state" },
          { name: "severity" },
          { name: "rule" },
          { name: "summary" },
          { name: "told" },
        ],
        items.map((item) => [
          time(item.opened_at),
          item.state,
          item.severity,
          item.rule,
          item.summary,
          told(item),
        ]),
        view,
      );
    },
  );
}

/** `slack opened sent, email opened dead: 550 no such user` */
function told(incident: IncidentItem): string {
  return incident.deliveries
    .map(
      ({ channel, event, state, reason }) =>
        `${channel} ${event} ${state}${reason === null ? "" : `: ${oneLine(reason)}`}`,
    )
    .join(", ");
}

async function test(
  session: Session,
  options: { channel?: readonly ChannelName[] },
): Promise<undefined> {
  session.print(await session.client.testAlert(options.channel), (answer) => {
    const channels = [...new Set(answer.deliveries.map((delivery) => delivery.channel))].join(", ");
    return `Test alert ${answer.incident_id} is on its way over ${channels || "no channel: none is configured"}. See mcp alerts incidents\n`;
  });
}

async function deadLetters(session: Session): Promise<undefined> {
  session.print(await session.client.deadLetters(), ({ items }, view) => {
    if (items.length === 0) return "No dead letters.\n";
    return renderTable(
      [{ name: "at" }, { name: "queue" }, { name: "reason" }, { name: "body" }],
      items.map((item) => [time(item.at), item.queue, item.reason, item.body]),
      view,
    );
  });
}
