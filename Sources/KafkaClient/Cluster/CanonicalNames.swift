import Glibc

/// The names by which machines call themselves (`resolve_canonical_bootstrap_servers_only`).
enum CanonicalNames {
    /// For each address of the name the machine's own one; the address itself where it has none. Blocks the thread.
    static func of(_ address: BrokerAddress) -> [BrokerAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        // Who can't be looked up is tried as it is: the attempt says what is wrong.
        guard getaddrinfo(address.host, nil, &hints, &list) == 0 else { return [address] }
        defer { freeaddrinfo(list) }
        var result: [BrokerAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let name = name(entry), !result.contains(where: { $0.host == name }) {
                result.append(BrokerAddress(host: name, port: address.port))
            }
            next = entry.ai_next
        }
        return result.isEmpty ? [address] : result
    }

    private static func name(_ entry: addrinfo) -> String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let length = socklen_t(text.count)
        for flags in [NI_NAMEREQD, NI_NUMERICHOST]
        where getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, length, nil, 0, flags) == 0 {
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return nil
    }
}
