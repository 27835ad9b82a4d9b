/** A Snowflake peer with the tables of the source suite, and the adapter over the real driver in front of it. */
import { generateKeyPairSync } from "node:crypto";
import {
  createSnowflakeSource,
  type SnowflakeSource,
  type SnowflakeSourceOptions,
} from "../../shared/adapters/snowflake/snowflake-source.ts";
import { type PeerOptions, type SnowflakePeer, startSnowflakePeer } from "./snowflake-peer/peer.ts";

export const PASSPHRASE = "a passphrase of its own";

/** One pair for all tests of a process: making it is what takes long. */
export const keys = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: {
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: PASSPHRASE,
  },
});

const TABLES = `
create table teams (team_id integer primary key, name text not null);
comment on table teams is 'Who looks after what';
create table items (item_id integer primary key, team_id integer not null references teams (team_id),
  name text not null, region text not null, price numeric(24,4), made_at timestamptz not null, extra json);
comment on column items.price is 'In euro';
create view my_items as select * from items where region = getvariable('MCP_REGION');
insert into teams values (1, 'Blue'), (2, 'Red');
insert into items select n, 1 + n % 2, 'item ' || n, case when n % 2 = 0 then 'EU' else 'US' end, n + 0.5,
  timestamptz '2026-03-01 12:00:00+00' + n * interval '1 hour', json_build_object('n', n) from generate_series(1, 500) n;
analyze;
`;

export interface SnowflakeBench {
  readonly peer: SnowflakePeer;
  open(part?: OpenPart): Promise<SnowflakeSource>;
  close(): Promise<void>;
}

type OpenPart = Partial<Omit<SnowflakeSourceOptions, "config">> & {
  readonly config?: Partial<SnowflakeSourceOptions["config"]>;
};

/** What a source of the peer is registered with. */
export const benchConfig = ({ url }: Pick<SnowflakePeer, "url">) => ({
  account: "org-acme",
  username: "svc",
  role: "READER",
  warehouse: "READING",
  database: "SHOP",
  schemas: ["PUBLIC"],
  access_url: url,
});

export async function startSnowflakeBench(
  part: Partial<PeerOptions> = {},
): Promise<SnowflakeBench> {
  const peer = await startSnowflakePeer({
    database: "SHOP",
    warehouse: "READING",
    defaultRole: "READER",
    grants: { READER: [["SELECT", "TABLE", "SHOP.PUBLIC.ITEMS", "false"]] },
    user: { account: "ORG-ACME", username: "SVC", publicKey: keys.publicKey },
    ...part,
  });
  await peer.engine.exec(TABLES);
  const opened: SnowflakeSource[] = [];
  return {
    peer,
    async open({ config, ...rest } = {}) {
      const source = await createSnowflakeSource({
        sourceId: "shop",
        credentials: { private_key: keys.privateKey, passphrase: PASSPHRASE },
        refuseUrl: () => null,
        ...rest,
        config: {
          ...benchConfig(peer),
          max_connections: 2,
          ...config,
        },
      });
      opened.push(source);
      return source;
    },
    async close() {
      await Promise.all(opened.map((source) => source.close()));
      await peer.close();
    },
  };
}
