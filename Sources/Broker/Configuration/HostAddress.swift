import Glibc

/// A host that is written as an address, in any of the spellings that the system takes: `0`, `127.1`, `::ffff:1.2.3.4`.
struct HostAddress: Equatable {
    let isV6: Bool
    /// The address that stands for all interfaces.
    let isWildcard: Bool

    /// nil for a name.
    init?(_ host: String) {
        var v4 = in_addr()
        if inet_aton(host, &v4) != 0 {
            (isV6, isWildcard) = (false, v4.s_addr == 0)
            return
        }
        var v6 = in6_addr()
        // An interface may stand behind the address.
        guard inet_pton(AF_INET6, String(host.prefix { $0 != "%" }), &v6) == 1 else { return nil }
        isV6 = true
        isWildcard = withUnsafeBytes(of: &v6) { bytes in
            let isMappedOrShort = bytes[10] == bytes[11] && (bytes[10] == 0 || bytes[10] == 0xff)
            return isMappedOrShort && bytes[..<10].allSatisfy { $0 == 0 } && bytes[12...].allSatisfy { $0 == 0 }
        }
    }
}
