// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The name of one field of a reply. How it is spelt, and where it is a bare word, is in the reply table of the line
/// protocol. Raw values are written in the journal beside idempotency keys: never renumber, only add.
public enum Field: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case message = 1, id = 2, venue = 3, section = 4, row = 5, area = 6, seats = 7, seat = 8, event = 9, state = 10
    case performer = 11, name = 12, city = 13, country = 14, address = 15, timeZone = 16, genre = 17, title = 18
    case starts = 19, ends = 20, type = 21, performers = 22, description = 23, onsale = 24, holdTime = 25, limit = 26
    case price = 27, currency = 28, category = 29, categories = 30, amount = 31, capacity = 32, free = 33, held = 34
    case sold = 35, labels = 36, map = 37, xy = 38, sequence = 39, accessible = 40, gaps = 41
    case hold = 50, total = 51, ttl = 52, expires = 53, payment = 54, order = 55, tickets = 56, codes = 57, refund = 58
    case ticket = 59, buyer = 60, method = 61, at = 62, gate = 63, code = 64, ended = 65
    case replayed = 70, retry = 71, after = 72, hint = 73, argument = 74, count = 75, score = 76, value = 77, key = 78
    case server = 80, `protocol` = 81, who = 82, role = 83, actingFor = 84, time = 85, now = 86, verb = 87, usage = 88
    case help = 89, sections = 90, rows = 91, areas = 92, seatCount = 93, paying = 94, blocked = 95, shards = 96
    case text = 97, example = 98, access = 99, added = 100, changed = 101, cancelled = 102, position = 103
    case partial = 104, format = 105, commandClass = 106, arguments = 107, offset = 108
    case bytes = 120, did = 121, dates = 122, until = 123
}

/// What kind of line a reply line is: an item (`* kind …`) or the last line (`OK`, `ERR`). Raw values are written in
/// the journal beside idempotency keys: never renumber, only add.
public enum LineKind: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case ok = 1, error = 2
    case event = 10, venue = 11, performer = 12, price = 13, row = 14, area = 15, section = 16, hold = 17, order = 18
    case ticket = 19, stat = 20, command = 21, help = 22, snapshot = 23, suggestion = 24
}
