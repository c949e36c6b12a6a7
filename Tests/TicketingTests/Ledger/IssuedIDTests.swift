// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Ids that the daemon makes")
struct IssuedIDTests {
    private let keys = IssuedIDKeys(secret: Desk.secret)

    private func text(_ id: IssuedID, _ keys: IssuedIDKeys) -> [UInt8] {
        var reply = ReplyWriter()
        reply.begin(client: 0, ticket: 0)
        id.append(to: &reply, keys: keys)
        return Array(reply.bytes.dropFirst(ReplyWriter.frameHeaderBytes))
    }

    private func text(_ code: TicketCode) -> [UInt8] {
        var reply = ReplyWriter()
        reply.begin(client: 0, ticket: 0)
        code.append(to: &reply, keys: keys)
        return Array(reply.bytes.dropFirst(ReplyWriter.frameHeaderBytes))
    }

    @Test("Speck64/128 encrypts the vector of its paper, and decrypts it again")
    func speck64() {
        let cipher = Speck64(key: [0x0302_0100, 0x0B0A_0908, 0x1312_1110, 0x1B1A_1918])
        #expect(cipher.encrypt(0x3B72_6574_7475_432D) == 0x8C6F_A548_454E_028B)
        #expect(cipher.decrypt(0x8C6F_A548_454E_028B) == 0x3B72_6574_7475_432D)
    }

    @Test("Speck128/256 encrypts the vector of its paper, and decrypts it again")
    func speck128() {
        let cipher = Speck128(
            key: [0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908, 0x1716_1514_1312_1110, 0x1F1E_1D1C_1B1A_1918])
        let vector = WideBlock(high: 0x6573_6F68_7420_6E49, low: 0x202E_7265_6E6F_6F70)
        #expect(cipher.encrypt(vector) == WideBlock(high: 0x4109_0104_05C0_F53E, low: 0x4EEE_B48D_9C18_8F43))
        #expect(cipher.decrypt(cipher.encrypt(vector)) == vector)
    }

    @Test("an id is read back as what it was made of")
    func roundTrip() {
        for kind in IssuedKind.allCases {
            for serial in [0, 1, 2, 999, 1 << 32, (1 << 40) - 1] as [UInt64] {
                for shard in [0, 1, 63, 255] as [UInt8] {
                    let id = IssuedID(kind: kind, shard: shard, serial: serial)
                    let text = text(id, keys)
                    #expect(text.count == IssuedID.textBytes)
                    #expect(IssuedID.decode(text.span, keys: keys) == id)
                }
            }
        }
    }

    @Test("the text of an id is the same in every version")
    func golden() {
        let id = IssuedID(kind: .hold, shard: 3, serial: 1)
        #expect(String(decoding: text(id, keys), as: UTF8.self) == Self.goldenHold)
        let code = TicketCode(shard: 3, serial: 1, generation: 0)
        #expect(String(decoding: text(code), as: UTF8.self) == Self.goldenCode)
    }

    private static let goldenHold = "H38KTDZQWT3K27"
    private static let goldenCode = "5CNYMAQ373YQT0TPCBHF1ESRSV"

    @Test("an id with one character changed, or another kind's letter, was never issued")
    func changed() {
        let good = text(IssuedID(kind: .order, shard: 1, serial: 77), keys)
        var accepted = 0
        for position in good.indices {
            for character in UInt8.min...UInt8.max where character != good[position] {
                var bad = good
                bad[position] = character
                if IssuedID.decode(bad.span, keys: keys) != nil { accepted += 1 }
            }
        }
        // Sixteen check bits: of some four hundred readable variants hardly one passes by chance.
        #expect(accepted == 0)
    }

    @Test("of random ids about one in 65,536 passes the check")
    func guessing() {
        var random = Seeded(1)
        var accepted = 0
        for _ in 0..<65_536 {
            var text = [UInt8(ascii: "H")]
            for index in 0..<13 {
                text.append(Crockford.character(of: index == 0 ? random.next() & 15 : random.next()))
            }
            if IssuedID.decode(text.span, keys: keys) != nil { accepted += 1 }
        }
        #expect(accepted < 10)
    }

    @Test("text of another length is no id")
    func lengths() {
        let good = text(IssuedID(kind: .ticket, shard: 1, serial: 77), keys)
        for length in 0..<good.count { #expect(IssuedID.decode(Array(good[..<length]).span, keys: keys) == nil) }
        #expect(IssuedID.decode((good + [0x30]).span, keys: keys) == nil)
    }

    @Test("an id of another secret means nothing")
    func otherSecret() {
        let other = IssuedIDKeys(secret: Array(repeating: 9, count: 32))
        for serial in 0..<100 as Range<UInt64> {
            let id = IssuedID(kind: .hold, shard: 0, serial: serial)
            #expect(IssuedID.decode(text(id, other).span, keys: keys) == nil)
        }
    }

    @Test("a ticket's code is read back as what it was made of, and no other character in it is")
    func codes() {
        let code = TicketCode(shard: 2, serial: 5, generation: 7)
        let good = text(code)
        #expect(good.count == TicketCode.textBytes)
        #expect(TicketCode.decode(good.span, keys: keys) == code)
        for position in good.indices {
            for character in UInt8.min...UInt8.max where character != good[position] {
                var bad = good
                bad[position] = character
                #expect(TicketCode.decode(bad.span, keys: keys) == nil)
            }
        }
        for length in 0..<good.count { #expect(TicketCode.decode(Array(good[..<length]).span, keys: keys) == nil) }
    }
}
