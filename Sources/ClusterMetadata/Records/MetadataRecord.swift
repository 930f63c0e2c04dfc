import KafkaProtocol
import NIOCore

/// A record of the metadata log. Each changes the image in one way; together they are the cluster's whole state.
package enum MetadataRecord: Equatable, Sendable {
    case registerBroker(RegisterBrokerRecord)
    case unregisterBroker(UnregisterBrokerRecord)
    case topic(TopicRecord)
    case partition(PartitionRecord)
    case config(ConfigRecord)
    case partitionChange(PartitionChangeRecord)
    case fenceBroker(FenceBrokerRecord)
    case unfenceBroker(UnfenceBrokerRecord)
    case removeTopic(RemoveTopicRecord)
    case delegationToken(DelegationTokenRecord)
    case userScramCredential(UserScramCredentialRecord)
    case featureLevel(FeatureLevelRecord)
    case clientQuota(ClientQuotaRecord)
    case producerIds(ProducerIdsRecord)
    case brokerRegistrationChange(BrokerRegistrationChangeRecord)
    case accessControlEntry(AccessControlEntryRecord)
    case removeAccessControlEntry(RemoveAccessControlEntryRecord)
    case noOp(NoOpRecord)
    case zkMigrationState(ZkMigrationStateRecord)
    case removeUserScramCredential(RemoveUserScramCredentialRecord)
    case beginTransaction(BeginTransactionRecord)
    case endTransaction(EndTransactionRecord)
    case abortTransaction(AbortTransactionRecord)
    case removeDelegationToken(RemoveDelegationTokenRecord)
    case registerController(RegisterControllerRecord)
    case clearElr(ClearElrRecord)
    case unregisterController(UnregisterControllerRecord)
}

/// Why a record of the metadata log cannot be understood: the node must stop rather than skip it.
package struct MetadataRecordError: Error, Equatable, Sendable, CustomStringConvertible {
    package var description: String

    package init(description: String) { self.description = description }
}

extension MetadataRecord {
    private static let frameVersion: UInt32 = 1

    private var message: any WireMessage {
        switch self {
        case .registerBroker(let record): record
        case .unregisterBroker(let record): record
        case .topic(let record): record
        case .partition(let record): record
        case .config(let record): record
        case .partitionChange(let record): record
        case .fenceBroker(let record): record
        case .unfenceBroker(let record): record
        case .removeTopic(let record): record
        case .delegationToken(let record): record
        case .userScramCredential(let record): record
        case .featureLevel(let record): record
        case .clientQuota(let record): record
        case .producerIds(let record): record
        case .brokerRegistrationChange(let record): record
        case .accessControlEntry(let record): record
        case .removeAccessControlEntry(let record): record
        case .noOp(let record): record
        case .zkMigrationState(let record): record
        case .removeUserScramCredential(let record): record
        case .beginTransaction(let record): record
        case .endTransaction(let record): record
        case .abortTransaction(let record): record
        case .removeDelegationToken(let record): record
        case .registerController(let record): record
        case .clearElr(let record): record
        case .unregisterController(let record): record
        }
    }

    /// The record's value in a log of this level: frame version, type and version as varints, then the fields.
    package func encoded(at level: MetadataVersion) throws(WireError) -> ByteBuffer {
        let record = carried(at: level)
        let version = record.schemaVersion(at: level)
        let message = record.message
        let body = try message.encoded(version: version)
        var writer = WireWriter(capacity: body.readableBytes + 6)
        writer.uvarint(Self.frameVersion)
        writer.uvarint(UInt32(type(of: message).schema.key))
        writer.uvarint(UInt32(version))
        writer.raw(body)
        return writer.buffer
    }

    /// Reads a record's value.
    ///
    /// - Throws: for a type, version or content that this build doesn't know.
    package init(decoding value: ByteBuffer) throws(MetadataRecordError) {
        var reader = WireReader(value)
        do {
            let frame = reader.uvarint()
            try reader.check()
            guard frame == Self.frameVersion else {
                throw MetadataRecordError(
                    description: "a metadata record has frame version \(frame); this build reads version 1"
                )
            }
            let type = Int16(clamping: reader.uvarint())
            let version = Int16(clamping: reader.uvarint())
            try reader.check()
            self = try Self.body(type, version, &reader)
        } catch let error as MetadataRecordError {
            throw error
        } catch {
            throw MetadataRecordError(description: "a metadata record is not readable: \(error)")
        }
    }

    private static func body(_ type: Int16, _ version: Int16, _ reader: inout WireReader) throws -> MetadataRecord {
        func decode<T: WireMessage>(_ type: T.Type) throws -> T { try T.decode(&reader, version: version) }
        switch type {
        case 0: return .registerBroker(try decode(RegisterBrokerRecord.self))
        case 1: return .unregisterBroker(try decode(UnregisterBrokerRecord.self))
        case 2: return .topic(try decode(TopicRecord.self))
        case 3: return .partition(try decode(PartitionRecord.self))
        case 4: return .config(try decode(ConfigRecord.self))
        case 5: return .partitionChange(try decode(PartitionChangeRecord.self))
        case 7: return .fenceBroker(try decode(FenceBrokerRecord.self))
        case 8: return .unfenceBroker(try decode(UnfenceBrokerRecord.self))
        case 9: return .removeTopic(try decode(RemoveTopicRecord.self))
        case 10: return .delegationToken(try decode(DelegationTokenRecord.self))
        case 11: return .userScramCredential(try decode(UserScramCredentialRecord.self))
        case 12: return .featureLevel(try decode(FeatureLevelRecord.self))
        case 14: return .clientQuota(try decode(ClientQuotaRecord.self))
        case 15: return .producerIds(try decode(ProducerIdsRecord.self))
        case 17: return .brokerRegistrationChange(try decode(BrokerRegistrationChangeRecord.self))
        case 18: return .accessControlEntry(try decode(AccessControlEntryRecord.self))
        case 19: return .removeAccessControlEntry(try decode(RemoveAccessControlEntryRecord.self))
        case 20: return .noOp(try decode(NoOpRecord.self))
        case 21: return .zkMigrationState(try decode(ZkMigrationStateRecord.self))
        case 22: return .removeUserScramCredential(try decode(RemoveUserScramCredentialRecord.self))
        case 23: return .beginTransaction(try decode(BeginTransactionRecord.self))
        case 24: return .endTransaction(try decode(EndTransactionRecord.self))
        case 25: return .abortTransaction(try decode(AbortTransactionRecord.self))
        case 26: return .removeDelegationToken(try decode(RemoveDelegationTokenRecord.self))
        case 27: return .registerController(try decode(RegisterControllerRecord.self))
        case 28: return .clearElr(try decode(ClearElrRecord.self))
        case 29: return .unregisterController(try decode(UnregisterControllerRecord.self))
        default: throw MetadataRecordError(description: "metadata record type \(type) is not known to this build")
        }
    }
}
