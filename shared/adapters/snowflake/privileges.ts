/** What the role could do beyond reading, its own grants and those of the roles granted to it. */
import type { PrivilegeFinding } from "../../sources/ports.ts";
import { LARGE, type NamedRow, type Query, SMALL, textOf } from "./read-rows.ts";
import { quoteName } from "./statement-text.ts";

/** Roles that administer the account: whatever is granted to them. */
const ADMIN_ROLES: ReadonlySet<string> = new Set([
  "ACCOUNTADMIN",
  "ORGADMIN",
  "GLOBALORGADMIN",
  "SECURITYADMIN",
  "USERADMIN",
  "SYSADMIN",
]);
/** What reading needs. USAGE of a role leads on to that role's own grants. */
const READING: ReadonlySet<string> = new Set([
  "SELECT",
  "USAGE",
  "REFERENCES",
  "READ",
  "MONITOR",
  "IMPORTED PRIVILEGES",
  "REBUILD",
]);
/** What reaches beyond the rows of tables: objects, grants, policies, code that runs. */
const GOVERNING =
  /^(?:OWNERSHIP|ALL|MANAGE .+|CREATE .+|APPLY .+|MODIFY.*|EXECUTE .+|IMPERSONATE|ATTACH POLICY|OVERRIDE SHARE RESTRICTIONS)$/;
/** A role graph may be wide; more than this is a finding in itself. */
const MAX_ROLES = 50;
const MAX_FINDINGS = 100;

export async function findPrivileges(
  query: Query,
  signal: AbortSignal,
): Promise<readonly PrivilegeFinding[]> {
  const [row] = await query("SELECT CURRENT_ROLE() AS ROLE", SMALL, signal);
  const findings: PrivilegeFinding[] = [];
  const pending = [textOf(row, "role")];
  const seen = new Set(pending);
  for (let role = pending.shift(); role !== undefined && role !== ""; role = pending.shift()) {
    if (ADMIN_ROLES.has(role)) findings.push(adminRole(role));
    const grants = await query(`SHOW GRANTS TO ROLE ${quoteName(role)}`, LARGE, signal);
    for (const grant of grants) {
      const inherited = inheritedRole(grant);
      if (inherited === null) addFinding(findings, role, grant);
      else if (!seen.has(inherited) && seen.size < MAX_ROLES) {
        seen.add(inherited);
        pending.push(inherited);
      }
    }
  }
  if (seen.size >= MAX_ROLES) findings.push(tooManyRoles());
  return findings.slice(0, MAX_FINDINGS);
}

function adminRole(role: string): PrivilegeFinding {
  return {
    severity: "danger",
    privilege: "administrator",
    evidence: `The session has the administrative role ${role}`,
  };
}

function tooManyRoles(): PrivilegeFinding {
  return {
    severity: "warning",
    privilege: "many_roles",
    evidence: `The role inherits from ${MAX_ROLES} roles or more; the others were not looked at`,
  };
}

function inheritedRole(grant: NamedRow): string | null {
  return textOf(grant, "privilege") === "USAGE" && textOf(grant, "granted_on") === "ROLE"
    ? textOf(grant, "name")
    : null;
}

function addFinding(findings: PrivilegeFinding[], role: string, grant: NamedRow): void {
  const privilege = textOf(grant, "privilege");
  const canGrant = textOf(grant, "grant_option") === "true";
  if (READING.has(privilege) && !canGrant) return;
  const where = `${textOf(grant, "granted_on").toLowerCase().replaceAll("_", " ")} ${textOf(grant, "name")}`;
  findings.push({
    severity: GOVERNING.test(privilege) || canGrant ? "danger" : "warning",
    privilege: privilege.toLowerCase().replaceAll(" ", "_"),
    evidence: `Role ${role} has ${privilege} on ${where}${canGrant ? ", and may grant it on" : ""}`,
  });
}
