/** Runs Azurite's queue and blob services and ends with the process that started it, however that one ends. */
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole terminal group; the parent drains first and then lets this process go.
process.on("SIGINT", () => undefined);
// A parent that runs under nohup outlives its terminal, and one that does not takes this process along.
process.on("SIGHUP", () => undefined);
// Each service reads the arguments when it starts and refuses those it has not heard of: the blob service's are told first.
await import("azurite/dist/src/blob/BlobEnvironment.js" as string);
await import("azurite/dist/src/queue/main.js" as string);
await import("azurite/dist/src/blob/main.js" as string);
