package redisstore

import (
	"crypto/sha1" // #nosec G505 -- it is how Redis names a script
	"encoding/hex"
)

// A script runs on the server as one step. A server whose memory is full looks at its first command
// that writes, and lets it finish if that command needs no memory. So scripts that save begin with
// a command that needs memory, and touchScript, which needs very little, with another.
//
// All keys of a script are in one slot. Its KEYS name those that are certain to be used: records,
// and the index of an owner that the caller knows. A record may be of another owner; then the
// script makes the name of that owner's index.
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
	unsure   = "unsure:"  // the index of the owner that follows has to be among the keys
)

// luaRead reads a record: its version, its owner, and other fields. One whose owner's index does
// not name it is not there: all of the owner's were deleted, or Redis has evicted the index.
//
// While a slot moves to another server, its keys do so one by one, and an index that is not here
// may be there. If the index is among the keys, Redis does not run the script then (TRYAGAIN). So
// only if it is, a record that it does not name is certainly not there; otherwise read returns what
// the script has to answer.
const luaRead = `
local function index(key, owner) return string.sub(key, 1, -73) .. 'owner:' .. owner end
local function read(key, ...)
  local have = redis.call('HMGET', key, 'version', 'owner', ...)
  if not have[2] or have[2] == '' then return have end
  local names, certain = index(key, have[2]), false
  for _, known in ipairs(KEYS) do certain = certain or known == names end
  local till = (certain and redis.call or redis.pcall)('ZSCORE', names, string.sub(key, -64))
  if type(till) == 'string' then
    have.till = tonumber(till)
    return have
  end
  if certain then return {} end
  return {}, 'unsure:' .. have[2]
end
`

// luaWrite writes a record, has an index name one, and no longer name one. An index is a sorted set
// of IDs by the second until which they may be good, and lasts as long as the last of them. The
// IDs whose time is over are dropped on the way: some, because Redis does nothing else while a
// script runs, and an owner may have very many.
const luaWrite = `
local function write(key, version, owner, data, used, expires, ends)
  redis.call('HSET', key, 'version', version, 'owner', owner, 'data', data, 'used', used, 'expires', expires)
  redis.call('PEXPIREAT', key, ends)
end
local function enter(key, owner, till)
  local names = index(key, owner)
  redis.call('ZADD', names, till, string.sub(key, -64))
  local over = redis.call('ZRANGEBYSCORE', names, '-inf', redis.call('TIME')[1], 'LIMIT', 0, 100)
  if #over > 0 then redis.call('ZREM', names, unpack(over)) end
  local last = redis.call('ZREVRANGE', names, 0, 0, 'WITHSCORES')[2]
  if last then redis.call('EXPIREAT', names, last) end
end
local function leave(key, owner)
  if owner and owner ~= '' then redis.pcall('ZREM', index(key, owner), string.sub(key, -64)) end
end
`

var (
	// loadScript: the record's key. It answers the values of fields, or none.
	loadScript = newScript(luaRead + `
local have, ask = read(KEYS[1], 'data', 'used', 'expires')
return ask or have
`)

	// saveScript: the record's key, and that of the owner's index if it has one; the version it has
	// to have, its new one, its owner, data, used, expires, the millisecond it ends, and until when
	// the index names it. The new version is random, so a script that is sent again because its
	// answer was lost knows its own work by it.
	saveScript = newScript(luaRead + luaWrite + `
local have, ask = read(KEYS[1])
if ask then return ask end
if have[1] == ARGV[2] then return 'done' end
if ARGV[1] == '0' then
  if have[1] then return 'conflict' end
elseif not have[1] then
  return 'none'
elseif have[1] ~= ARGV[1] then
  return 'conflict'
end
write(KEYS[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7])
if ARGV[3] ~= '' and (have[2] ~= ARGV[3] or have.till < tonumber(ARGV[6])) then
  enter(KEYS[1], ARGV[3], ARGV[8])
end
if have[2] ~= ARGV[3] then leave(KEYS[1], have[2]) end
return 'done'
`)

	// moveScript: the old key, the new key, and that of the new record's owner's index if it has
	// one; after the arguments of saveScript the mark's data, used, expires, and the millisecond it
	// ends. The mark gets the new version too, and has no owner.
	moveScript = newScript(luaRead + luaWrite + `
local to, ask = read(KEYS[2])
if ask then return ask end
if to[1] == ARGV[2] then return 'done' end
local from, ask = read(KEYS[1])
if ask then return ask end
if not from[1] then return 'none' end
if to[1] or from[1] ~= ARGV[1] then return 'conflict' end
write(KEYS[2], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7])
if ARGV[3] ~= '' then enter(KEYS[2], ARGV[3], ARGV[8]) end
write(KEYS[1], ARGV[2], '', ARGV[9], ARGV[10], ARGV[11], ARGV[12])
leave(KEYS[1], from[2])
return 'done'
`)

	// touchScript: the record's key; the version that it has to have, used, expires, the
	// millisecond it ends, and until when the index names it.
	touchScript = newScript(luaRead + luaWrite + `
local have, ask = read(KEYS[1], 'used', 'expires')
if ask then return ask end
if not have[1] then return 'none' end
if have[1] ~= ARGV[1] then return 'conflict' end
if tonumber(ARGV[3]) > tonumber(have[4]) then
  redis.call('PEXPIREAT', KEYS[1], ARGV[4])
  redis.call('HSET', KEYS[1], 'expires', ARGV[3])
  if have.till and have.till < tonumber(ARGV[3]) then enter(KEYS[1], have[2], ARGV[5]) end
end
if tonumber(ARGV[2]) > tonumber(have[3]) then
  redis.call('HSET', KEYS[1], 'used', ARGV[2])
end
return 'done'
`)

	// deleteScript: the record's key.
	deleteScript = newScript(luaRead + luaWrite + `
local owner = redis.call('HGET', KEYS[1], 'owner')
redis.call('DEL', KEYS[1])
leave(KEYS[1], owner)
return 'done'
`)

	// deleteOneScript: the record's key, and that of the owner's index; the owner.
	deleteOneScript = newScript(luaRead + `
if read(KEYS[1])[2] ~= ARGV[1] then return 'none' end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], string.sub(KEYS[1], -64))
return 'done'
`)

	// cutScript: the key of an owner's index; the owner, how many names to remove at most, and
	// those to keep. It removes names and deletes their records. A record that a moving slot has on
	// another server ends because its name is removed. It answers how many records it deleted, and
	// how many names it removed.
	cutScript = newScript(`
local records = string.sub(KEYS[1], 1, -7 - #ARGV[1]) .. 'session:'
local keep, names, deleted = {}, {}, 0
for i = 3, #ARGV do keep[ARGV[i]] = true end
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[2] + #ARGV)) do
  if not keep[id] and #names < tonumber(ARGV[2]) then
    local owner = redis.pcall('HGET', records .. id, 'owner')
    if type(owner) == 'table' then
      if not string.find(owner.err, 'non local key') then return owner end
      deleted = deleted + 1
    elseif owner == ARGV[1] then
      deleted = deleted + redis.call('DEL', records .. id)
    end
    names[#names + 1] = id
  end
end
if #names > 0 then redis.call('ZREM', KEYS[1], unpack(names)) end
return {deleted, #names}
`)
)
