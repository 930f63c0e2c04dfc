import KafkaProtocol
import NIOCore

/// Generated messages: what decodes must encode, to bytes that decode to the same bytes again.
///
/// Input: the index of the message among those of its kinds, its version, the body.
enum Messages {
    /// By kind, in the order of their names, so that an input keeps its meaning when messages are added to other kinds.
    private static let types: [MessageKind: [any WireMessage.Type]] = Dictionary(
        grouping: MessageCatalog.types.sorted { $0.schema.name < $1.schema.name },
        by: { $0.schema.kind }
    )

    static func run(_ input: ByteBuffer, kinds: [MessageKind]) {
        var input = input
        guard let kind = input.readInteger(as: UInt8.self), let index = input.readInteger(as: UInt8.self),
            let version = input.readInteger(as: UInt8.self),
            let candidates = types[kinds[Int(kind) % kinds.count]]
        else { return }
        let type = candidates[Int(index) % candidates.count]
        let span = Int(type.schema.versions.upperBound - type.schema.versions.lowerBound) + 1
        check(type, input, type.schema.versions.lowerBound + Int16(Int(version) % span))
    }

    private static func check<T: WireMessage>(_ type: T.Type, _ bytes: ByteBuffer, _ version: Int16) {
        var reader = WireReader(bytes)
        guard let value = try? T.decode(&reader, version: version) else { return }
        guard let encoded = try? value.encoded(version: version) else {
            preconditionFailure("\(T.schema.name) version \(version) decodes but does not encode")
        }
        var again = WireReader(encoded)
        guard let second = try? T.decode(&again, version: version), again.remaining == 0 else {
            preconditionFailure("\(T.schema.name) version \(version) encodes to bytes that it cannot decode")
        }
        // As bytes: a NaN is not equal to itself.
        precondition((try? second.encoded(version: version)) == encoded, "\(T.schema.name) version \(version) changes")
    }
}
