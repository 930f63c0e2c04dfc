import KafkaProtocol
import NIOCore
import World

/// Whose data a directory holds: `meta.properties`, version 1.
package struct MetaProperties: Equatable, Sendable {
    package static let fileName = "meta.properties"

    package var clusterId: String
    package var nodeId: Int32
    package var directoryId: KafkaUUID

    package init(clusterId: String, nodeId: Int32, directoryId: KafkaUUID) {
        self.clusterId = clusterId
        self.nodeId = nodeId
        self.directoryId = directoryId
    }

    package var text: String {
        """
        #
        #Made by Ottla. Do not change.
        node.id=\(nodeId)
        directory.id=\(directoryId)
        version=1
        cluster.id=\(Properties.escaped(clusterId))

        """
    }

    /// - Throws: `.corrupt` with what is wrong; the message names the file.
    package init(parsing text: String, path: String) throws(LogError) {
        let properties = Properties(parsing: text)
        func bad(_ reason: String) -> LogError { .corrupt(path: path, position: 0, reason: reason) }
        guard let version = properties["version"] else { throw bad("it has no version") }
        guard version == "1" else {
            throw bad("its version \(version) is not known to this build, which reads version 1")
        }
        guard let clusterId = properties["cluster.id"], !clusterId.isEmpty else { throw bad("it has no cluster.id") }
        guard let nodeId = properties["node.id"].flatMap({ Int32($0) }), nodeId >= 0 else {
            throw bad("it has no node.id")
        }
        guard let directoryId = properties["directory.id"].flatMap({ KafkaUUID($0) }) else {
            throw bad("it has no directory.id")
        }
        self.init(clusterId: clusterId, nodeId: nodeId, directoryId: directoryId)
    }
}
