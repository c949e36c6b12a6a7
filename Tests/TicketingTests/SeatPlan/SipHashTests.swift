// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("SipHash")
struct SipHashTests {
    private let key = SipHash.Key(low: 0x0706_0504_0302_0100, high: 0x0F0E_0D0C_0B0A_0908)

    @Test("64 bits agree with the reference implementation's vectors")
    func narrow() {
        // https://github.com/veorq/SipHash, vectors.h: key 00…0f, input 00, 01, … of the length given.
        let vectors: [(Int, UInt64)] = [
            (0, 0x726F_DB47_DD0E_0E31), (1, 0x74F8_39C5_93DC_67FD), (8, 0x93F5_F579_9A93_2462),
            (15, 0xA129_CA61_49BE_45E5),
        ]
        for (length, expected) in vectors {
            var hash = SipHash(key: key)
            let input = [UInt8](0..<UInt8(length))
            hash.update(input.span)
            #expect(hash.finish() == expected)
        }
    }

    @Test("128 bits agree with the reference implementation's vectors")
    func wide() {
        let hash = SipHash(key: key, isWide: true)
        let (low, high) = hash.finish128()
        #expect(low == 0xE6A8_25BA_047F_81A3)
        #expect(high == 0x9302_55C7_1472_F66D)
    }

    @Test("it does not matter in which pieces bytes come")
    func pieces() {
        let bytes = (0..<40).map { UInt8($0 * 6) }
        var whole = SipHash(key: key)
        whole.update(bytes.span)
        let expected = whole.finish()
        for first in 0...bytes.count {
            for second in first...bytes.count {
                var hash = SipHash(key: key)
                hash.update(bytes.span.extracting(0..<first))
                hash.update(bytes.span.extracting(first..<second))
                hash.update(bytes.span.extracting(second..<bytes.count))
                #expect(hash.finish() == expected)
            }
        }
    }
}
