/** The environment without anything that this application reads: what a newcomer starts it with. */
export const newcomersEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(MCP_|AzureWebJobs|BOOTSTRAP|DEMO_|OUTBOUND|ALERT_|VITEST)/.test(name),
    ),
  );
