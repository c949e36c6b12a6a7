// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The name of one argument of a request, positional or `key=`. Types and spellings are in the command table.
///
/// Raw values are never journalled or stored; they may be renumbered freely.
public enum Argument: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    // Positional.
    case id  // an issued id: the hold, order or ticket given to GET, EXTEND, PAY …
    case section  // also `section=`; `venue/section` is split by the parser into `venue` and `section`
    case row  // from `venue/section/row`
    case area  // from `venue/area`
    case venue  // also `venue=`; the id given to VENUE ADD, SET, GET
    case event  // also the id given to EVENT ADD, SET, GET, OPEN …
    case seats  // seats and areas as addressed; also `seats=` of ROW ADD and SECTION ADD, a labels expression
    case category  // also `category=`
    case amount  // also `amount=`
    case tickets
    case code
    case buyer
    case words  // SEARCH: all words, joined by one space
    case version, format, topic, duration
    // Keys.
    case key, name, city, country, address, timeZone, plan, rows, categories, gaps, accessible, xy, capacity, genre
    case title, starts, currency, ends, type, performers, description, onsale, hold, limit, price
    case best, together, max, method, token, gate, undo
    case location, performer, date, free, sort, after, tours
}
