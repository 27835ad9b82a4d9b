/** After `azd provision`: makes the secrets that the app's settings refer to, where they are missing. */
import {
  AzureCliCredential,
  AzureDeveloperCliCredential,
  ChainedTokenCredential,
} from "@azure/identity";
import { makeMissingSecrets } from "./secrets.ts";

/** azd hands the outputs of main.bicep to its hooks as environment variables. */
function output(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(
    `${name} is not set: run this through azd, or set it to the output of main.bicep.`,
  );
}

const managementUrl = output("AZURE_RESOURCE_MANAGER_URL");
const vaultId = output("AZURE_KEY_VAULT_ID");
const credential = new ChainedTokenCredential(
  new AzureDeveloperCliCredential(),
  new AzureCliCredential(),
);
const { token: accessToken } = await credential.getToken(new URL(".default", managementUrl).href);
const made = await makeMissingSecrets({ managementUrl, vaultId, accessToken });
console.log(
  made.length > 0 ? `Made in the vault: ${made.join(", ")}.` : "The vault has its secrets.",
);
