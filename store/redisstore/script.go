package redisstore

import (
	"crypto/sha1" // #nosec G505 -- it is how Redis names a script
	"encoding/hex"
)

// A script runs on the server as one step. A server whose memory is full looks at its first command
// that writes, and lets it finish if that command needs no memory. So scripts that save begin with
// a command that needs memory, and touchScript, which needs very little, with another.
type script struct{ source, sha string }

func newScript(source string) *script {
	sum := sha1.Sum([]byte(source)) // #nosec G401 -- it is how Redis names a script
	return &script{source, hex.EncodeToString(sum[:])}
}

// What scripts answer.
const (
	done     = "done"
	none     = "none"     // there is no record
	conflict = "conflict" // there is another version
	list     = "list"     // the owner's index has to name the record first; the owner may follow
	relist   = "relist"   // likewise, and it names the record already; the owner may follow
)

// luaNow is the server's time in seconds. Redis judges expiry by the same
// clock, and during a script it does not advance.
const luaNow = `
local function now() return tonumber(redis.call('TIME')[1]) end
`

// luaNamed says whether a record with an owner is named by the owner's index: a record that is not
// was deleted with all of the owner's, or Redis has evicted the index. indexes begins the indexes'
// keys, and is empty if they may be on other servers.
const luaNamed = `
local function named(indexes, owner, id)
  return owner == '' or indexes == '' or redis.call('ZSCORE', indexes .. owner, id) ~= false
end
`

// luaEnter makes an owner's index name a record, and claims that name for two
// minutes (claimTime). The index is a sorted set of ids by the second until
// which they may be good, and lasts as long as the last of them. On the way it
// drops names whose time is over: some, because Redis does nothing else while a
// script runs, and an owner may have very many. A claim is a member too, 38
// bytes long: Redis keeps a small set compact only while no member has more
// than 64.
const luaEnter = `
local function claim(id) return 'claim:' .. string.sub(id, 1, 32) end
local function enter(index, id, till)
  local at = now()
  redis.call('ZADD', index, at + 120, claim(id))
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', at, 'LIMIT', 0, 100)) do
    redis.call('ZREM', index, name)
  end
  local had = redis.call('ZSCORE', index, id)
  if not had or tonumber(had) < tonumber(till) then
    redis.call('ZADD', index, till, id)
  end
  local last = redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')[2]
  redis.call('EXPIREAT', index, string.format('%.0f', tonumber(last) + 1))
  return at
end
`

// luaWrite writes a record from the arguments that saveScript and moveScript
// share: the version it has to have, its new one, data, used, expires, owner,
// the millisecond it ends, until when the index names it, until when the claim
// is good, the id, and what the indexes' keys begin with.
const luaWrite = `
local function write(key, till)
  redis.call('HSET', key, 'version', ARGV[2], 'data', ARGV[3], 'used', ARGV[4], 'expires', ARGV[5], 'owner', ARGV[6], 'listed', till)
  redis.call('PEXPIREAT', key, ARGV[7])
end
-- enlist has the index name the record. It says whether it does, or a claim did so before.
local function enlist(index)
  if index then
    enter(index, ARGV[10], ARGV[8])
    return true
  end
  return now() < tonumber(ARGV[9])
end
`

var (
	// saveScript: the record's key, and the index's where that is in reach.
	// The new version is random, so a script that is sent again because its
	// answer was lost knows its own work by it.
	saveScript = newScript(luaNow + luaNamed + luaEnter + luaWrite + `
local have = redis.call('HMGET', KEYS[1], 'version', 'owner', 'listed')
if have[1] and not named(ARGV[11], have[2], ARGV[10]) then have = {} end
if have[1] == ARGV[2] then return 'done' end
if ARGV[1] == '0' then
  if have[1] then return 'conflict' end
elseif not have[1] then
  return 'none'
elseif have[1] ~= ARGV[1] then
  return 'conflict'
end
local till = '0'
if ARGV[6] ~= '' then
  till = have[3]
  if have[2] ~= ARGV[6] or tonumber(till) < tonumber(ARGV[5]) then
    if not enlist(KEYS[2]) then
      if have[2] == ARGV[6] then return 'relist' end
      return 'list'
    end
    till = ARGV[8]
  end
end
write(KEYS[1], till)
return 'done'
`)

	// moveScript: the old key, the new key, and the index's where that is in
	// reach; after the arguments that it shares, those of the mark: data, used,
	// expires, the millisecond it ends, and the old id. The mark gets the new
	// version too. It has no owner, so an index that is in reach loses its name.
	moveScript = newScript(luaNow + luaNamed + luaEnter + luaWrite + `
local from = redis.call('HMGET', KEYS[1], 'version', 'owner')
local to = redis.call('HMGET', KEYS[2], 'version', 'owner')
if to[1] and not named(ARGV[11], to[2], ARGV[10]) then to = {} end
if to[1] and to[1] == ARGV[2] then return 'done' end
if not from[1] or not named(ARGV[11], from[2], ARGV[16]) then return 'none' end
if to[1] or from[1] ~= ARGV[1] then return 'conflict' end
local till = '0'
if ARGV[6] ~= '' then
  if not enlist(KEYS[3]) then return 'list' end
  till = ARGV[8]
end
write(KEYS[2], till)
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'data', ARGV[12], 'used', ARGV[13], 'expires', ARGV[14], 'owner', '', 'listed', '0')
redis.call('PEXPIREAT', KEYS[1], ARGV[15])
if KEYS[3] then redis.call('ZREM', KEYS[3], ARGV[16]) end
return 'done'
`)

	// touchScript: the record's key; used, expires, the millisecond it ends,
	// of the claim the owner, until when the index names the record, and until
	// when it is good; the version that the record has to have; its id; and what
	// the indexes' keys begin with.
	touchScript = newScript(luaNow + luaNamed + `
local have = redis.call('HMGET', KEYS[1], 'version', 'owner', 'listed', 'used', 'expires')
if not have[1] or not named(ARGV[9], have[2], ARGV[8]) then return 'none' end
if have[1] ~= ARGV[7] then return 'conflict' end
if tonumber(ARGV[2]) > tonumber(have[5]) then
  local listed = have[3]
  if have[2] ~= '' and tonumber(listed) < tonumber(ARGV[2]) then
    if have[2] ~= ARGV[4] or now() >= tonumber(ARGV[6]) then return 'relist' .. have[2] end
    listed = ARGV[5]
  end
  redis.call('PEXPIREAT', KEYS[1], ARGV[3])
  redis.call('HSET', KEYS[1], 'expires', ARGV[2], 'listed', listed)
end
if tonumber(ARGV[1]) > tonumber(have[4]) then
  redis.call('HSET', KEYS[1], 'used', ARGV[1])
end
return 'done'
`)

	// enterScript: the index's key; the id, until when it may be good, and 'relist' if the index
	// has to name it already. It answers the second at which it ran.
	enterScript = newScript(luaNow + luaEnter + `
if ARGV[3] == 'relist' and not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 'none' end
return string.format('%d', enter(KEYS[1], ARGV[1], ARGV[2]))
`)

	// namesScript: the index's key; a cursor and how many names to read. It
	// answers the second at which it ran, the next cursor, and members with
	// their scores. Each name that is there from the first cursor to the last is
	// among them, perhaps twice.
	namesScript = newScript(luaNow + `
local page = redis.call('ZSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
return {string.format('%d', now()), page[1], page[2]}
`)

	// cleanScript: the index's key; until when it may run, and ids. It removes from the index the
	// IDs that no request claims.
	cleanScript = newScript(luaNow + luaEnter + `
local at = now()
if at >= tonumber(ARGV[1]) then return 'none' end
for i = 2, #ARGV do
  local claimed = redis.call('ZSCORE', KEYS[1], claim(ARGV[i]))
  if not claimed or tonumber(claimed) <= at then
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return 'done'
`)

	// loadScript: the record's key; the id, and what the indexes' keys begin with. It answers the
	// record's fields, or none.
	loadScript = newScript(luaNamed + `
local have = redis.call('HMGET', KEYS[1], 'version', 'data', 'used', 'expires', 'owner')
if have[5] and not named(ARGV[2], have[5], ARGV[1]) then return {} end
return have
`)

	// cutScript: the index's key; how many names to remove, and those to keep. It removes names,
	// the records of which are deleted by that, and claims. It answers how many it removed, and
	// which of them are records.
	cutScript = newScript(`
local keep, cut = {}, {0}
for i = 2, #ARGV do keep[ARGV[i]] = true end
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[1] + #ARGV - 2)) do
  if not keep[name] then
    redis.call('ZREM', KEYS[1], name)
    cut[1] = cut[1] + 1
    if string.sub(name, 1, 6) ~= 'claim:' then cut[#cut + 1] = name end
  end
end
return cut
`)

	// dropScript: the record's key; the owner whose it has to be, the id, and what the indexes'
	// keys begin with if the index has to name it.
	dropScript = newScript(luaNamed + `
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] or not named(ARGV[3], ARGV[1], ARGV[2]) then return 'none' end
redis.call('DEL', KEYS[1])
return 'done'
`)
)
