/** What Redis does in one step each. Every key of a script bears the same hash tag, so that a cluster keeps them on one node. */
import { createHash } from "node:crypto";

export interface RedisScript {
  readonly source: string;
  /** Its name in EVALSHA: SHA-1 in hex. */
  readonly sha: string;
}

const script = (source: string): RedisScript => ({
  source,
  sha: createHash("sha1").update(source).digest("hex"),
});

/** Milliseconds by the server's clock, which all instances share, unless the caller brings a time of his own. */
const NOW = `local function clock(given)
  if given ~= '' then return tonumber(given) end
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
`;

/** Stands at the front of an entry: when it was born, by the server's clock, and the digest of its evidence. */
export const STAMP_LENGTH = 16;
export const DIGEST_LENGTH = 32;

/** KEYS entry. ARGV now. → { now, entry | nil } */
export const READ: RedisScript = script(`${NOW}
return { clock(ARGV[1]), redis.call('GET', KEYS[1]) }`);

/** KEYS entry, lease. ARGV now, digest or '', maximum age, holder, lease time. → { 'ready', now, entry } | { 'held', ms } | { 'lead' } */
export const CLAIM: RedisScript = script(`${NOW}
local now = clock(ARGV[1])
if ARGV[2] ~= '' then
  local head = redis.call('GETRANGE', KEYS[1], 0, ${STAMP_LENGTH + DIGEST_LENGTH - 1})
  if string.sub(head, ${STAMP_LENGTH + 1}) == ARGV[2] and now - tonumber(string.sub(head, 1, ${STAMP_LENGTH})) < tonumber(ARGV[3]) then
    return { 'ready', now, redis.call('GET', KEYS[1]) }
  end
end
local lease = redis.call('GET', KEYS[2])
if lease then
  local cut = string.find(lease, ' ', 1, true)
  local remaining = tonumber(string.sub(lease, 1, cut - 1)) - now
  if remaining > 0 and string.sub(lease, cut + 1) ~= ARGV[4] then return { 'held', remaining } end
end
redis.call('SET', KEYS[2], string.format('%d %s', now + tonumber(ARGV[5]), ARGV[4]), 'PX', tonumber(ARGV[5]) * 2)
return { 'lead' }`);

/** KEYS lease. ARGV holder. */
export const RELEASE: RedisScript = script(`
local lease = redis.call('GET', KEYS[1])
if lease and string.sub(lease, string.find(lease, ' ', 1, true) + 1) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`);

/**
 * KEYS entry, epochs, lease. ARGV now, age at birth, time to keep, digest and payload, holder, then scope and epoch in
 * turn. → 1, or 0 where an epoch is later than the entry's.
 */
export const PUT: RedisScript = script(`${NOW}
local lease = redis.call('GET', KEYS[3])
if lease and string.sub(lease, string.find(lease, ' ', 1, true) + 1) == ARGV[5] then redis.call('DEL', KEYS[3]) end
for i = 6, #ARGV, 2 do
  local epoch = redis.call('HGET', KEYS[2], ARGV[i])
  if epoch and tonumber(epoch) > tonumber(ARGV[i + 1]) then return 0 end
end
local born = math.max(0, clock(ARGV[1]) - tonumber(ARGV[2]))
redis.call('SET', KEYS[1], string.format('%0${STAMP_LENGTH}.0f', born) .. ARGV[4], 'PX', ARGV[3])
return 1`);

/**
 * KEYS epochs. ARGV time to keep, channel, message, then scope and epoch in turn. Epochs only grow. Who may not publish
 * raises all the same: the others then find out when they next look.
 */
export const RAISE: RedisScript = script(`
for i = 4, #ARGV, 2 do
  local epoch = redis.call('HGET', KEYS[1], ARGV[i])
  if not epoch or tonumber(epoch) < tonumber(ARGV[i + 1]) then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.pcall('PUBLISH', ARGV[2], ARGV[3])
return 1`);

/** KEYS readings. ARGV now, tables. → { now, reading | nil, … } */
export const READ_TOKENS: RedisScript = script(`${NOW}
local answer = { clock(ARGV[1]) }
for i = 2, #ARGV do answer[i] = redis.call('HGET', KEYS[1], ARGV[i]) end
return answer`);

/** KEYS readings. ARGV now, time to keep, age, then table and reading in turn. */
export const WRITE_TOKENS: RedisScript = script(`${NOW}
local stamp = string.format('%0${STAMP_LENGTH}.0f', math.max(0, clock(ARGV[1]) - tonumber(ARGV[3])))
for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], stamp .. ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`);
