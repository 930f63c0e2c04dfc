import ClusterMetadata
import KRaft
import KafkaProtocol
import LogStorage
import NIOCore
import World

/// What a log directory holds, for a person to read; nothing is changed, and a node may be running on it.
package struct StorageInspection: Sendable, Equatable {
    package var path: String
    /// nil: nobody has formatted it.
    package var meta: MetaProperties?
    /// Of the metadata log, where the directory holds it: levels of features in the order of names.
    package var features: [Feature] = []
    package var voters: [Voter] = []
    /// nil: no node has run on it.
    package var leaderEpoch: Int32?

    package struct Feature: Sendable, Equatable {
        package var name: String
        package var level: Int16
        /// Of a `metadata.version`.
        package var release: String?
        /// Whether this version of Ottla serves what it means.
        package var isServed: Bool
    }

    package struct Voter: Sendable, Equatable {
        package var id: Int32
        package var addresses: [String]
    }

    /// - Throws: `ConfigurationError` when the directory is not there or its files are damaged.
    package init(path: String, fileSystem: any FileSystem = LinuxFileSystem()) throws {
        self.path = path
        guard fileSystem.exists(path) else { throw ConfigurationError("the directory \(path) does not exist") }
        do {
            let file = Path.join(path, MetaProperties.fileName)
            if fileSystem.exists(file) {
                meta = try MetaProperties(parsing: String(buffer: try fileSystem.contents(file)), path: file)
            }
            if let log = try QuorumInspection(logDirectory: path, fileSystem: fileSystem) { try take(log) }
        } catch LogError.corrupt(let path, let position, let reason) {
            throw ConfigurationError("\(path) at byte \(position): \(reason)")
        } catch let error as MetadataRecordError {
            throw ConfigurationError("the metadata log in \(path) was written by another version: \(error.description)")
        }
    }

    private mutating func take(_ log: QuorumInspection) throws {
        var image = MetadataImage()
        var delta = MetadataDelta()
        for value in log.values {
            let record = try MetadataRecord(decoding: value)
            // Only these matter here; a transaction that did not end may hold others that contradict each other.
            if case .featureLevel = record { try image.apply(record, &delta) }
        }
        let supported = SupportedFeatures(image, allowsUnstable: true)
        var levels = image.features
        levels[SupportedFeatures.kraftVersionName] = log.voters.kraftVersion
        features = levels.sorted { $0.key < $1.key }.map { name, level in
            Feature(
                name: name,
                level: level,
                release: name == MetadataVersion.featureName ? MetadataVersion(level: level)?.name : nil,
                isServed: supported.ranges[name] != nil
            )
        }
        if log.voters.kraftVersion > 0 {
            voters = (log.voters.record?.voters ?? []).map { voter in
                Voter(id: voter.voterId, addresses: voter.endpoints.map { "\($0.name)://\($0.host):\($0.port)" })
            }
        } else {
            voters = (log.state?.voters ?? []).map { Voter(id: $0, addresses: []) }
        }
        leaderEpoch = log.state?.leaderEpoch
    }
}
