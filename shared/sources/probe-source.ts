/** Is a source there, and does its credential hold to reading? Asked before a source or a credential is taken on. */
import { AppError } from "../kernel/app-error.ts";
import type { ReadSource, SourceKinds } from "./kinds.ts";
import type { PrivilegeFinding, SourceCheck } from "./ports.ts";

/** What is done about a credential that could do more than read. */
export type PrivilegePolicy = "warn" | "refuse_danger" | "refuse";

export interface ProbeDeps {
  readonly kinds: SourceKinds;
  readonly privilegePolicy: PrivilegePolicy;
}

export interface Probe {
  readonly check: SourceCheck;
  readonly findings: readonly PrivilegeFinding[];
}

/** @throws AppError request_invalid (the check's evidence), source_overprivileged. */
export async function probeSource(
  {
    kinds,
    privilegePolicy,
  }: Pick<ProbeDeps, "privilegePolicy"> & { kinds: Pick<SourceKinds, "connect"> },
  source: ReadSource,
  signal: AbortSignal,
): Promise<Probe> {
  const adapter = await kinds.connect(source);
  try {
    const check = await adapter.check(signal);
    if (!check.ok)
      throw new AppError("request_invalid", `The source did not answer: ${check.evidence}`, {
        fields: [{ pointer: "/config", message: check.evidence }],
      });
    const findings = await adapter.privileges(signal);
    refuseTooMuch(privilegePolicy, findings);
    return { check, findings };
  } finally {
    await adapter.close();
  }
}

function refuseTooMuch(policy: PrivilegePolicy, findings: readonly PrivilegeFinding[]): void {
  const refused = findings.filter(
    ({ severity }) => policy === "refuse" || (policy === "refuse_danger" && severity === "danger"),
  );
  if (refused.length === 0) return;
  const messages = refused.map((finding) => finding.evidence);
  throw new AppError("source_overprivileged", messages.join(" "), {
    fields: messages.map((message) => ({ pointer: "/credentials", message })),
  });
}
