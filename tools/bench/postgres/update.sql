-- Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
-- A hold at its cheapest: one statement. Each client has seats of its own (:share of them), and takes one after another.
\set n :n + 1
\set seat :client_id * :share + :n
UPDATE seat SET state = 'held', hold = :seat WHERE id = :seat AND state = 'free';
