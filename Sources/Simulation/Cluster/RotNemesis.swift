import ClusterMetadata
import KafkaProtocol
import World

/// Changes a byte of what one replica has on its disk while all replicas are in sync, and nothing else rots until that is mended: so another one has it.
/// Sendable: only the thread of the scheduler touches it.
final class RotNemesis: @unchecked Sendable {
    private struct Rot {
        var node: SimulatedNode
        var path: String
        var position: Int
        var byte: UInt8
    }

    private let run: Run
    private var rot: Rot?

    init(_ run: Run) { self.run = run }

    /// What is damaged still; nil when it is mended, or gone with its file.
    var damage: String? {
        guard let rot, let bytes = rot.node.disk.peek(rot.path), rot.position < bytes.count,
            bytes[rot.position] == rot.byte
        else {
            rot = nil
            return nil
        }
        return "byte \(rot.position) of \(rot.path) on \(rot.node.name)"
    }

    func strike(_ node: SimulatedNode) {
        guard damage == nil, node.isServing,
            let path = candidates(node).randomElement(using: &run.scheduler.random), let bytes = node.disk.peek(path),
            !bytes.isEmpty
        else { return }
        let position = Int(run.scheduler.draw(0...Int64(bytes.count - 1)))
        // What stands before a batch's checksum is compared with its neighbours once after a start, and by the scrubber: readers may be faster.
        guard Damage.isChecked(bytes, at: position) else { return }
        let byte = bytes[position] ^ UInt8(1) << UInt8(run.scheduler.draw(0...7))
        run.timeline.log(node.name, "byte \(position) of \(path) becomes \(byte), and was \(bytes[position])")
        node.disk.damage(path, at: position, [byte])
        rot = Rot(node: node, path: path, position: position, byte: byte)
    }

    /// Segments that others follow: damage in the last one may look like what a power cut has left.
    private func candidates(_ node: SimulatedNode) -> [String] {
        (run.cluster?.directories ?? []).flatMap { directory -> [String] in
            Run.partitions.filter(isInSync).flatMap { partition -> [String] in
                let prefix = Path.join(directory, "\(partition.topic)-\(partition.partition)/")
                let logs = node.disk.paths.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".log") }.sorted()
                return Array(logs.dropLast())
            }
        }
    }

    private func isInSync(_ partition: TopicPartition) -> Bool {
        guard let image = run.watch?.partition(partition) else { return false }
        return image.isr.count == image.replicas.count
    }
}
