/** The version of this application, from package.json. */
import packageJson from "../package.json" with { type: "json" };

export const VERSION = packageJson.version;
