import KafkaConnection
import World

/// The names by which machines call themselves (`resolve_canonical_bootstrap_servers_only`).
enum CanonicalNames {
    /// For each address of the name the machine's own one; the address itself where it has none. Blocks the thread.
    static func of(_ address: BrokerAddress, _ network: any Network) -> [BrokerAddress] {
        let names = network.canonicalNames(of: address.host)
        // Who can't be looked up is tried as it is: the attempt says what is wrong.
        return names.isEmpty ? [address] : names.map { BrokerAddress(host: $0, port: address.port) }
    }
}
