/** The mail channel in a real SMTP conversation. */
// covers: ALERT-02, ALERT-10
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createSmtpChannel, type SmtpConfig } from "../../shared/adapters/smtp/smtp-channel.ts";
import type { Incident, Notification } from "../../shared/alerts/ports.ts";
import { smtpStatus, startSmtpReceiver } from "../support/smtp-receiver.ts";

const never = new AbortController().signal;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(options?: Parameters<typeof startSmtpReceiver>[0]) {
  const server = await startSmtpReceiver(options);
  closing.push(server.close);
  return server;
}

const config = (port: number, part: Partial<SmtpConfig> = {}): SmtpConfig => ({
  host: "127.0.0.1",
  port,
  secure: false,
  requireTls: false,
  from: "alerts@mcp.example",
  to: ["ops@corp.example", "oncall@corp.example"],
  ...part,
});

const incident: Incident = {
  incidentId: "inc_1",
  dedupKey: "k",
  rule: "slow_query",
  severity: "warning",
  summary: "slow <b>query</b> & more\r\nBcc: thief@evil.example\r\n\r\ninjected body",
  evidence: { sql: "select '<script>'", "x\r\nSubject: y": "z" },
  state: "open",
  openedAt: "2026-03-01T12:00:00.000Z",
  resolvedAt: null,
};
const opened: Notification = { idempotencyKey: "dlv_1", dedupKey: "k", event: "opened", incident };

const headersOf = (raw: string) =>
  (raw.split("\r\n\r\n")[0] ?? "").replaceAll(/\r\n[ \t]+/g, " ").split("\r\n");

describe("the email channel", () => {
  it("hands the mail over to every recipient", async () => {
    const server = await start();
    expect(await createSmtpChannel(config(server.port)).send(opened, never)).toEqual({
      kind: "sent",
      detail: "accepted",
    });
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]).toMatchObject({
      from: "alerts@mcp.example",
      to: ["ops@corp.example", "oncall@corp.example"],
    });
  });

  it("derives Message-ID and thread from the delivery and its incident", async () => {
    const server = await start();
    const channel = createSmtpChannel(config(server.port));
    await channel.send(opened, never);
    await channel.send(opened, never);
    for (const { raw } of server.mails) {
      expect(headersOf(raw)).toContain("Message-ID: <dlv_1@mcp.example>");
      expect(headersOf(raw)).toContain("In-Reply-To: <inc_1@mcp.example>");
    }
  });

  it("lets no content become a header, a recipient or a tag", async () => {
    const server = await start();
    await createSmtpChannel(config(server.port)).send(opened, never);
    const [mail] = server.mails;
    const names = headersOf(mail?.raw ?? "").map((line) => line.split(":")[0]?.toLowerCase());
    expect(names).not.toContain("bcc");
    expect(names.filter((name) => name === "subject")).toHaveLength(1);
    expect(mail?.to).not.toContain("thief@evil.example");
    expect(mail?.raw).toContain("text/html");
    const html = (mail?.raw ?? "").split("text/html")[1] ?? "";
    expect(html).not.toContain("<b>");
    expect(html).not.toContain("<script>");
    expect(html).toContain("&lt;b&gt;query");
  });

  it.each([
    [421, "retry"],
    [450, "retry"],
    [451, "retry"],
    [550, "failed"],
    [554, "failed"],
  ] as const)("takes status %d at MAIL FROM as %s", async (status, kind) => {
    const server = await start({
      onMailFrom: (_address, _session, done) => done(smtpStatus(status)),
    });
    expect(await createSmtpChannel(config(server.port)).send(opened, never)).toEqual({
      kind,
      reason: `SMTP status ${status}`,
    });
  });

  it("says how many recipients were refused while others got the mail", async () => {
    const server = await start({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith("ops") ? smtpStatus(550) : null),
    });
    expect(await createSmtpChannel(config(server.port)).send(opened, never)).toEqual({
      kind: "sent",
      detail: "accepted, but not for 1 of the recipients",
    });
  });

  it("gives up where every recipient or the login is refused", async () => {
    const server = await start({ onRcptTo: (_address, _session, done) => done(smtpStatus(550)) });
    expect((await createSmtpChannel(config(server.port)).send(opened, never)).kind).toBe("failed");
    const locked = await start({
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(smtpStatus(535)),
    });
    expect(
      (
        await createSmtpChannel(config(locked.port, { user: "u", password: "wrong" })).send(
          opened,
          never,
        )
      ).kind,
    ).toBe("failed");
  });

  it("logs in where it is told to", async () => {
    const seen: string[] = [];
    const server = await start({
      allowInsecureAuth: true,
      onAuth: (auth, _session, done) => {
        seen.push(`${auth.username}:${auth.password}`);
        done(null, { user: "u" });
      },
    });
    expect(
      (
        await createSmtpChannel(config(server.port, { user: "u", password: "p" })).send(
          opened,
          never,
        )
      ).kind,
    ).toBe("sent");
    expect(seen).toEqual(["u:p"]);
  });

  it("sends nothing over a connection without TLS where TLS is required", async () => {
    const server = await start();
    expect(
      (await createSmtpChannel(config(server.port, { requireTls: true })).send(opened, never)).kind,
    ).not.toBe("sent");
    expect(server.mails).toEqual([]);
  });

  it("asks for another try where nobody listens, or nobody greets", async () => {
    const server = await startSmtpReceiver();
    await server.close();
    expect((await createSmtpChannel(config(server.port)).send(opened, never)).kind).toBe("retry");
    const silent = createServer((socket) => socket.on("error", () => {}));
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const outcome = await createSmtpChannel(config(port, { totalLimitMs: 100 })).send(
      opened,
      never,
    );
    expect(outcome).toEqual({ kind: "retry", reason: "no answer in time" });
    silent.close();
  });
});
