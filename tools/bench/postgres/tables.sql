-- Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
-- What a booking touches where PostgreSQL keeps the record. Run with -v seats=N.
CREATE TABLE seat (id integer PRIMARY KEY, state text NOT NULL, hold bigint) WITH (fillfactor = 50);
CREATE TABLE hold (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, seat integer NOT NULL REFERENCES seat,
                   ends timestamptz NOT NULL, state text NOT NULL);
CREATE TABLE payment (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hold bigint NOT NULL REFERENCES hold,
                      amount integer NOT NULL, method text NOT NULL);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hold bigint NOT NULL REFERENCES hold,
                     total integer NOT NULL);
CREATE TABLE ticket (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, orders bigint NOT NULL REFERENCES orders,
                     seat integer NOT NULL UNIQUE REFERENCES seat, code text NOT NULL);
INSERT INTO seat SELECT n, 'free', NULL FROM generate_series(1, :seats) AS n;
VACUUM ANALYZE;
CHECKPOINT;
