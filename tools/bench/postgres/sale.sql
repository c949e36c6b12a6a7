-- Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
-- A whole sale in one transaction: hold, payment, order, ticket. Where the seat is not free, it fails for want of a hold.
\set n :n + 1
\set seat :client_id * :share + :n
BEGIN;
INSERT INTO hold (seat, ends, state) SELECT id, now() + interval '10 minutes', 'paid' FROM seat
    WHERE id = :seat AND state = 'free' FOR UPDATE RETURNING id AS hold \gset
INSERT INTO payment (hold, amount, method) VALUES (:hold, 4500, 'cash');
INSERT INTO orders (hold, total) VALUES (:hold, 4500) RETURNING id AS order \gset
INSERT INTO ticket (orders, seat, code) VALUES (:order, :seat, md5(random()::text));
UPDATE seat SET state = 'sold', hold = :hold WHERE id = :seat;
COMMIT;
