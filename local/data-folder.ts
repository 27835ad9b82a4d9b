/** The data folder belongs to one process at a time: two on one embedded database would ruin it. */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/**
 * Takes the folder until `release`. A lock whose owner died is taken over.
 * @throws Error, in one sentence, when another process has it or it cannot be written.
 */
export function claimDataFolder(folder: string): { release(): void } {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Error(
      `The data folder ${folder} cannot be used (${reason(error)}): move what is there away, or set MCP_DATA_DIR.`,
    );
  }
  const path = join(folder, "lock");
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = openSync(path, "wx", 0o600);
      writeSync(file, `${process.pid}\n`);
      closeSync(file);
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST")
        throw new Error(`The data folder ${folder} cannot be written (${reason(error)}).`);
      const owner = Number(readFileSync(path, "utf8").trim());
      if (isOurs(owner))
        throw new Error(
          `The data folder ${folder} is in use by process ${owner}: stop it first, or set MCP_DATA_DIR to another folder.`,
        );
      rmSync(path, { force: true });
    }
  }
  throw new Error(`The data folder ${folder} is being taken by another process.`);
}

/** A process id may have gone to another program after a crash; where the system says what runs, that is asked. */
function isOurs(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("start.ts");
  } catch {
    return true;
  }
}

function reason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
