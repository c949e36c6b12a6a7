-- Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
-- Takes all the seats or none, until a time: KEYS are the seats, ARGV[1] whose they are, ARGV[2] seconds.
for i = 1, #KEYS do
    if redis.call('EXISTS', KEYS[i]) == 1 then return 0 end
end
for i = 1, #KEYS do
    redis.call('SET', KEYS[i], ARGV[1], 'EX', ARGV[2])
end
return 1
