/** Mail by SMTP, with nodemailer. */
import type { SMTPError } from "nodemailer/lib/smtp-connection/index.js";
import type { Options } from "nodemailer/lib/smtp-transport/index.js";
import { htmlText, plainText, renderMessage } from "../../alerts/message.ts";
import type { AlertChannel, ChannelOutcome, Notification } from "../../alerts/ports.ts";
import { untilAborted } from "../../kernel/until-aborted.ts";

let loading: Promise<typeof import("nodemailer")> | undefined;
const nodemailer = () => {
  loading ??= import("nodemailer");
  return loading;
};

/** Together well under the lease of a delivery; greylisting servers greet slowly. */
const CONNECT_LIMIT_MS = 10_000;
const IDLE_LIMIT_MS = 15_000;
const TOTAL_LIMIT_MS = 30_000;

export interface SmtpConfig {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (465); otherwise STARTTLS. */
  readonly secure: boolean;
  /** Refuse a server without STARTTLS. Off only for a relay on the same machine. */
  readonly requireTls: boolean;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** A bare address, such as `alerts@example.com`. */
  readonly from: string;
  readonly to: readonly string[];
  /** For tests; 30 s without it. */
  readonly totalLimitMs?: number;
}

export function createSmtpChannel(config: SmtpConfig): AlertChannel {
  return {
    name: "email",
    async send(notification, signal) {
      const limit = AbortSignal.any([
        signal,
        AbortSignal.timeout(config.totalLimitMs ?? TOTAL_LIMIT_MS),
      ]);
      // The package is CommonJS: `default` is the form that Node and a bundle agree on.
      const { createTransport } = (await nodemailer()).default;
      // A connection per mail: alerts are rare, and an instance that freezes in between keeps no socket.
      const transport = createTransport(transportOptions(config));
      try {
        const sent = transport.sendMail(mailOf(config, notification));
        const info = await untilAborted(sent, limit);
        const left = info.rejected.length;
        return {
          kind: "sent",
          detail: left === 0 ? "accepted" : `accepted, but not for ${left} of the recipients`,
        };
      } catch (error) {
        signal.throwIfAborted();
        return limit.aborted
          ? { kind: "retry", reason: "no answer in time" }
          : judgeSmtpError(error);
      } finally {
        transport.close();
      }
    },
  };
}

function transportOptions(config: SmtpConfig): Options {
  const { host, port, secure, requireTls, user, password } = config;
  return {
    host,
    port,
    secure,
    requireTLS: requireTls,
    ignoreTLS: false,
    ...(user === undefined ? {} : { auth: { user, pass: password ?? "" } }),
    dnsTimeout: CONNECT_LIMIT_MS,
    connectionTimeout: CONNECT_LIMIT_MS,
    greetingTimeout: CONNECT_LIMIT_MS,
    socketTimeout: IDLE_LIMIT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** One Message-ID per delivery, so that a mail sent twice is one mail; one thread per incident. */
function mailOf({ from, to }: SmtpConfig, notification: Notification) {
  const message = renderMessage(notification);
  const domain = from.slice(from.lastIndexOf("@") + 1);
  const thread = `<${notification.incident.incidentId}@${domain}>`;
  return {
    from: { name: "MCP Platform", address: from },
    to: to.map((address) => ({ name: "", address })),
    subject: message.title,
    text: plainText(message),
    html: htmlText(message),
    messageId: `<${notification.idempotencyKey}@${domain}>`,
    references: [thread],
    inReplyTo: thread,
    headers: { "Auto-Submitted": "auto-generated" },
  };
}

/** RFC 5321, 4.2.1: 4yz may pass, 5yz will not. Without a reply the connection failed, which may pass. */
function judgeSmtpError(error: unknown): ChannelOutcome {
  const { responseCode, code } = error as Partial<SMTPError>;
  if (responseCode !== undefined) {
    const reason = `SMTP status ${responseCode}`;
    return responseCode >= 500 ? { kind: "failed", reason } : { kind: "retry", reason };
  }
  if (code === "EENVELOPE" || code === "EAUTH")
    return { kind: "failed", reason: "the sender, the recipients or the login are not valid" };
  return { kind: "retry", reason: "the mail server could not be reached" };
}
