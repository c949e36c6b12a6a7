// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Latin letters without their accents, as ASCII, so that "Galería Ñ" makes a label that can be typed anywhere.
///
/// The tables are the compatibility decompositions of the Unicode Character Database (version 15) without combining
/// marks, where ASCII letters and digits remain, and the usual spellings of the letters that do not decompose (`ß` as
/// `ss`, `ø` as `o`). An empty entry is a character that has no ASCII form. They are made again in Python with
/// `unicodedata.normalize("NFKD", chr(code))` over the ranges named here.
enum LatinFolding {
    /// Appends the ASCII form of `scalar`; false where it has none.
    static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) -> Bool {
        let code = Int(scalar.value)
        switch code {
        case 0..<0x80:
            bytes.append(UInt8(code))
            return true
        case 0xC0...0x24F: return append(supplementToExtendedB[code - 0xC0], to: &bytes)
        case 0x1E00...0x1EFF: return append(extendedAdditional[code - 0x1E00], to: &bytes)
        case 0x300...0x36F:
            // A combining accent belongs to the letter before it and vanishes with the rest of the accent.
            return true
        case 0xFF10...0xFF19: bytes.append(UInt8(code - 0xFF10) + UInt8(ascii: "0"))
        case 0xFF21...0xFF3A: bytes.append(UInt8(code - 0xFF21) + UInt8(ascii: "A"))
        case 0xFF41...0xFF5A: bytes.append(UInt8(code - 0xFF41) + UInt8(ascii: "a"))
        default: return false
        }
        return true
    }

    private static func append(_ letters: String, to bytes: inout [UInt8]) -> Bool {
        bytes.append(contentsOf: letters.utf8)
        return !letters.isEmpty
    }

    private static func table(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// U+00C0 to U+024F.
    private static let supplementToExtendedB: [String] = table(
        """
        A,A,A,A,A,A,AE,C,E,E,E,E,I,I,I,I,D,N,O,O,O,O,O,,O,U,U,U,U,Y,Th,ss,a,a,a,a,a,a,ae,c,e,e,e,\
        e,i,i,i,i,d,n,o,o,o,o,o,,o,u,u,u,u,y,th,y,A,a,A,a,A,a,C,c,C,c,C,c,C,c,D,d,D,d,E,e,E,e,E,e,\
        E,e,E,e,G,g,G,g,G,g,G,g,H,h,H,h,I,i,I,i,I,i,I,i,I,i,IJ,ij,J,j,K,k,k,L,l,L,l,L,l,L,l,L,l,N,\
        n,N,n,N,n,n,N,n,O,o,O,o,O,o,OE,oe,R,r,R,r,R,r,S,s,S,s,S,s,S,s,T,t,T,t,T,t,U,u,U,u,U,u,U,u,\
        U,u,U,u,W,w,Y,y,Y,Z,z,Z,z,Z,z,s,,,,,,,,,,,,,,,,E,,,f,,,,,,,,,,,,,,O,o,,,,,,,,,,,,,,U,u,,,,\
        ,,,,,,,,,,,,,,,,DZ,Dz,dz,LJ,Lj,lj,NJ,Nj,nj,A,a,I,i,O,o,U,u,U,u,U,u,U,u,U,u,,A,a,A,a,,,,,G,\
        g,K,k,O,o,O,o,,,j,DZ,Dz,dz,G,g,,,N,n,A,a,,,,,A,a,A,a,E,e,E,e,I,i,I,i,O,o,O,o,R,r,R,r,U,u,\
        U,u,S,s,T,t,,,H,h,,,,,,,A,a,E,e,O,o,O,o,O,o,O,o,Y,y,,,,,,,,,,,,,,,,,,,,,,,,,,,,,
        """)

    /// U+1E00 to U+1EFF.
    private static let extendedAdditional: [String] = table(
        """
        A,a,B,b,B,b,B,b,C,c,D,d,D,d,D,d,D,d,D,d,E,e,E,e,E,e,E,e,E,e,F,f,G,g,H,h,H,h,H,h,H,h,H,h,I,\
        i,I,i,K,k,K,k,K,k,L,l,L,l,L,l,L,l,M,m,M,m,M,m,N,n,N,n,N,n,N,n,O,o,O,o,O,o,O,o,P,p,P,p,R,r,\
        R,r,R,r,R,r,S,s,S,s,S,s,S,s,S,s,T,t,T,t,T,t,T,t,U,u,U,u,U,u,U,u,U,u,V,v,V,v,W,w,W,w,W,w,W,\
        w,W,w,X,x,X,x,Y,y,Z,z,Z,z,Z,z,h,t,w,y,,s,,,SS,,A,a,A,a,A,a,A,a,A,a,A,a,A,a,A,a,A,a,A,a,A,\
        a,A,a,E,e,E,e,E,e,E,e,E,e,E,e,E,e,E,e,I,i,I,i,O,o,O,o,O,o,O,o,O,o,O,o,O,o,O,o,O,o,O,o,O,o,\
        O,o,U,u,U,u,U,u,U,u,U,u,U,u,U,u,Y,y,Y,y,Y,y,Y,y,,,,,,,
        """)
}
