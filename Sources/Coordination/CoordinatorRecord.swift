import KafkaProtocol
import NIOCore

/// A record of a coordinator's partition: typed key and value, in Kafka's formats.
package struct CoordinatorRecord: Equatable, Sendable {
    package var key: ByteBuffer
    /// nil: the key is deleted.
    package var value: ByteBuffer?

    package init(key: ByteBuffer, value: ByteBuffer?) {
        self.key = key
        self.value = value
    }

    /// Key and value with their leading record type and schema version.
    init(_ key: some WireMessage, _ value: (some WireMessage)?, version: Int16) throws(WireError) {
        self.key = try Self.tagged(key, leading: type(of: key).schema.key, version: 0)
        self.value = nil
        if let value { self.value = try Self.tagged(value, leading: version, version: version) }
    }

    static func tombstone(_ key: some WireMessage) throws(WireError) -> CoordinatorRecord {
        CoordinatorRecord(key: try tagged(key, leading: type(of: key).schema.key, version: 0), value: nil)
    }

    private static func tagged(_ message: some WireMessage, leading: Int16, version: Int16) throws(WireError)
        -> ByteBuffer
    {
        let body = try message.encoded(version: version)
        var bytes = ByteBufferAllocator().buffer(capacity: body.readableBytes + 2)
        bytes.writeInteger(leading)
        bytes.writeImmutableBuffer(body)
        return bytes
    }

    /// The record type in the key; nil for a key without one.
    package var recordType: Int16? { key.getInteger(at: key.readerIndex, as: Int16.self) }

    func decodedKey<T: WireMessage>(_ type: T.Type) -> T? {
        guard key.readableBytes >= 2 else { return nil }
        var bytes = key
        bytes.moveReaderIndex(forwardBy: 2)
        var reader = WireReader(bytes)
        return try? T.decode(&reader, version: 0)
    }

    func decodedValue<T: WireMessage>(_ type: T.Type) -> T? {
        guard var bytes = value, let version: Int16 = bytes.readInteger() else { return nil }
        var reader = WireReader(bytes)
        return try? T.decode(&reader, version: version)
    }
}

/// The record types of `__consumer_offsets` that this build acts on.
enum OffsetsRecordType {
    static let legacyOffsetCommit: Int16 = 0
    static let offsetCommit: Int16 = 1
    static let groupMetadata: Int16 = 2
    /// Groups of KIP-848, KIP-932 and KIP-1071: kept so that they are seen and can be deleted.
    static let modernGroups: ClosedRange<Int16> = 3...25
}
