/**
 * Puts a value unless what is there has a higher number. Whatever is there that has none is overwritten.
 * KEYS: key. ARGV: number, value, milliseconds to live.
 */
export const putIfNotOlder = `
local kept = redis.pcall('GETRANGE', KEYS[1], 0, 16)
if type(kept) == 'string' then
  local number = tonumber(string.match(kept, '^(%d+)%.'))
  if number and number > tonumber(ARGV[1]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
`;

/**
 * Deletes what somebody saw, unless another value has taken its place meanwhile.
 * KEYS: key. ARGV: how the value began; the offset at which that beginning ended.
 */
export const deleteIfSame = `
local kept = redis.pcall('GETRANGE', KEYS[1], 0, ARGV[2])
if type(kept) == 'string' and kept ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`;
